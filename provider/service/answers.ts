import * as messages from "@pulumi/pulumi/proto/provider_pb";
import { type Struct } from "google-protobuf/google/protobuf/struct_pb";

import { type Fields, type Wanted } from "../objects/fields";
import { type PropertyProblem } from "./configuration";

/** Inputs as they were checked, with all that is wrong with them. */
export function checked(inputs: Struct, problems: readonly PropertyProblem[]): messages.CheckResponse {
  const failures = problems.map(({ property, reason }) =>
    new messages.CheckFailure().setProperty(property).setReason(reason),
  );
  return new messages.CheckResponse().setInputs(inputs).setFailuresList(failures);
}

/** How one field differs between state and program. */
export function propertyDiff(seen: Fields, wanted: Wanted, field: string): messages.PropertyDiff {
  const { ADD, DELETE, UPDATE } = messages.PropertyDiff.Kind;
  const added = seen[field] === undefined;
  const gone = wanted.known[field] === undefined && !wanted.unknown.has(field);
  return new messages.PropertyDiff().setKind(added ? ADD : gone ? DELETE : UPDATE);
}

/** The type token; older engines send it within the URN only. */
export function typeOf(request: { getType(): string; getUrn(): string }): string {
  const type = request.getType();
  return type !== "" ? type : (request.getUrn().split("::")[2]?.split("$").at(-1) ?? "");
}
