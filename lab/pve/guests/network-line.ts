import { randomBytes } from "node:crypto";

/** Proxmox's own prefix and three random bytes. */
export function newMac(): string {
  return ["BC", "24", "11", ...(randomBytes(3).toString("hex").toUpperCase().match(/../g) ?? [])].join(":");
}

/** A network line as the config keeps it: model and address first. */
export function networkLine(line: string, known?: string): string {
  const parts = line.split(",").filter((part) => part !== "");
  const model = parts.find((part) => part.startsWith("model="))?.slice("model=".length);
  if (model === undefined) return parts.join(",");
  const given = parts.find((part) => part.startsWith("macaddr="))?.slice("macaddr=".length);
  const rest = parts.filter((part) => !/^(?:model|macaddr)=/.test(part));
  return [`${model}=${given ?? macOf(known) ?? newMac()}`, ...rest].join(",");
}

/** A network line of a container as its config keeps it; one without an address gets one. */
export function containerNetworkLine(line: string, known?: string): string {
  const parts = line.split(",").filter((part) => part !== "");
  if (parts.some((part) => part.startsWith("hwaddr="))) return parts.join(",");
  return [...parts, `hwaddr=${macOf(known) ?? newMac()}`].join(",");
}

function macOf(line: string | undefined): string | undefined {
  return line === undefined ? undefined : /=((?:[0-9A-F]{2}:){5}[0-9A-F]{2})/i.exec(line)?.[1];
}
