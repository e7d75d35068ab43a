import { listOf, resourceRule, type Declared } from "./rule";
import { INGRESS_RULE, SECURITY_GROUP, SECURITY_GROUP_RULE } from "./types";

/** Ports behind which a root's login is: SSH, PVE, PBS. */
const PORTS = [22, 8006, 8007] as const;

/** Everybody on the internet. */
const EVERYBODY = new Set(["0.0.0.0/0", "::/0"]);

/**
 * Logins of root are tried by everybody as soon as they are reached by everybody. Names come in through a tunnel, people by a way of their
 * own. Source: facts on a landing zone at AWS (no inbound port is needed); requirements U29.
 */
export const noOpenPorts = resourceRule(
  { name: "no-open-ports", description: "No login of root is open to the whole internet." },
  [INGRESS_RULE, SECURITY_GROUP, SECURITY_GROUP_RULE],
  (resource) => {
    const open = PORTS.filter((port) => rulesOf(resource).some((rule) => lets(rule, port)));
    return open.length === 0
      ? []
      : [
          `Port ${open.join(", ")} behind ${resource.name} must not be open to everybody: name the addresses that may come, or take the rule out.`,
        ];
  },
);

type Fields = Readonly<Record<string, unknown>>;

function rulesOf({ type, props }: Declared): readonly Fields[] {
  if (type === SECURITY_GROUP) return listOf(props["ingress"]);
  return type === INGRESS_RULE || props["type"] === "ingress" ? [props] : [];
}

/** Whether a rule lets everybody reach a TCP port; each of the three types writes it in its own way. */
function lets(rule: Fields, port: number): boolean {
  const from = [rule["cidrIpv4"], rule["cidrIpv6"], ...textsOf(rule["cidrBlocks"]), ...textsOf(rule["ipv6CidrBlocks"])];
  if (!from.some((one) => EVERYBODY.has(String(one)))) return false;
  const protocol = String(rule["ipProtocol"] ?? rule["protocol"]);
  if (protocol === "-1" || protocol === "all") return true;
  const isTcp = protocol === "tcp" || protocol === "6";
  return isTcp && Number(rule["fromPort"]) <= port && port <= Number(rule["toPort"]);
}

function textsOf(list: unknown): readonly unknown[] {
  return Array.isArray(list) ? list : [];
}
