import { Metadata, status, type ServiceError } from "@grpc/grpc-js";
import { ErrorResourceInitFailed } from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { Any } from "google-protobuf/google/protobuf/any_pb";
import { type Struct } from "google-protobuf/google/protobuf/struct_pb";

/** What was made although a step failed, for the state. */
export interface LeftBehind {
  /** Its identifier. */
  readonly id: string;
  /** What is there. */
  readonly outputs: Struct;
  /** What the program said. */
  readonly inputs: Struct;
}

/** An error as the engine shows it: its sentence, no stack. With `left`, the resource goes into the state all the same. */
export function failure(message: string, left?: LeftBehind): Partial<ServiceError> {
  if (left === undefined) return { code: status.UNKNOWN, details: message };
  const detail = new ErrorResourceInitFailed().setId(left.id).setProperties(left.outputs).setInputs(left.inputs);
  detail.setReasonsList([message]);
  const packed = new Any();
  packed.pack(detail.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
  const whole = new Status().setCode(status.UNKNOWN).setMessage(message);
  whole.addDetails(packed);
  const metadata = new Metadata();
  metadata.add("grpc-status-details-bin", Buffer.from(whole.serializeBinary()));
  return { code: status.UNKNOWN, details: message, metadata };
}
