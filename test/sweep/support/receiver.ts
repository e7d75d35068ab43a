import { createServer } from "node:http";

/** Who is told of alarms, outside the site. */
export interface Receiver {
  readonly address: string;
  readonly heard: readonly string[];
  readonly close: () => void;
}

/** Listens for alarms at an address of loopback. */
export async function receiverAt(host: string): Promise<Receiver> {
  const heard: string[] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      heard.push(Buffer.concat(parts).toString("utf8"));
      response.end("ok");
    });
  });
  await new Promise<void>((ready) => server.listen(8000, host, ready));
  return { address: `http://${host}:8000/alarms`, heard, close: () => server.close() };
}
