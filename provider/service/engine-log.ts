import { credentials } from "@grpc/grpc-js";
import { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { LogRequest, LogSeverity } from "@pulumi/pulumi/proto/engine_pb";

/** Tells the person at the terminal something about a resource, through the engine. */
export class EngineLog {
  #client: EngineClient | undefined;

  /** @param address `host:port` of the engine; without one nothing is told. */
  constructor(address: string | undefined) {
    if (address !== undefined) this.#client = new EngineClient(address, credentials.createInsecure());
  }

  /** Shows a line as a warning, so that it is not lost among the others. A line that cannot be shown stops nothing. */
  tell(urn: string, line: string): void {
    const request = new LogRequest().setSeverity(LogSeverity.WARNING).setUrn(urn).setMessage(line);
    this.#client?.log(request, () => undefined);
  }
}
