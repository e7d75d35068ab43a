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

  /** Shows a line beside the resource; a warning is repeated at the end. A line that cannot be shown stops nothing. */
  say(urn: string, line: string, kind: "note" | "warning"): void {
    const severity = kind === "note" ? LogSeverity.INFO : LogSeverity.WARNING;
    const request = new LogRequest().setSeverity(severity).setUrn(urn).setMessage(line);
    this.#client?.log(request, () => undefined);
  }
}
