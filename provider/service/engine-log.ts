import { credentials } from "@grpc/grpc-js";
import { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { LogRequest, LogSeverity } from "@pulumi/pulumi/proto/engine_pb";

/** How much a line matters. */
export type LineKind = "progress" | "note" | "warning";

/** Tells the person at the terminal something about a resource, through the engine. */
export class EngineLog {
  #client: EngineClient | undefined;

  /** @param address `host:port` of the engine; without one nothing is told. */
  constructor(address: string | undefined) {
    if (address !== undefined) this.#client = new EngineClient(address, credentials.createInsecure());
  }

  /** Shows a line beside the resource: progress is gone again, a warning is repeated at the end. What cannot be shown stops nothing. */
  say(urn: string, line: string, kind: LineKind): void {
    const severity = kind === "warning" ? LogSeverity.WARNING : LogSeverity.INFO;
    const request = new LogRequest().setSeverity(severity).setUrn(urn).setMessage(line);
    this.#client?.log(request.setEphemeral(kind === "progress"), () => undefined);
  }
}
