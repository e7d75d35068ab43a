import { Agent, type AgentOptions, type RequestOptions } from "node:https";
import { type Duplex } from "node:stream";

import { trustedConnector, type Trust } from "./trust";

/** Connections of the AWS SDK that are handed over only once the server has proved who it is. */
export class TrustedAgent extends Agent {
  constructor(
    private readonly trust: Trust,
    options: AgentOptions = { keepAlive: true },
  ) {
    super(options);
  }

  override createConnection({ host, port }: RequestOptions, handOver?: HandOver): undefined {
    const hostname = host ?? "";
    const name = /^[\d.:[\]]+$/.test(hostname) ? {} : { servername: hostname };
    const target = { hostname, port: String(port ?? 443), protocol: "https:", ...name };
    trustedConnector(this.trust)(target, (...[error, socket]) => {
      // Node's own types have a stream here also where there is an error.
      handOver?.(error, socket as Duplex);
    });
    return undefined;
  }
}

type HandOver = (error: Error | null, stream: Duplex) => void;
