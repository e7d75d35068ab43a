import { type Observation } from "./observation";
import { type Finding } from "./problem";
import { isIpAddress, isPublicIpv4 } from "./units/ip-address";

/** What of the site stops when the internet does, although nothing of it is broken. */
export function internetOutageFindings(
  { address }: { readonly address: string | undefined },
  observation: Observation | undefined,
): Finding[] {
  return [...resolverFindings(address, observation), ...quorumFindings(observation)];
}

/** A resolver outside the site knows no name of it, and answers nobody while the site is cut off. */
function resolverFindings(backupAddress: string | undefined, observation: Observation | undefined): Finding[] {
  const stops =
    backupAddress === undefined || isIpAddress(backupAddress) ? "" : `, nor is the backup server at ${backupAddress}`;
  return (observation?.nodes?.items ?? []).flatMap(({ name, resolvers = [] }) => {
    const [first, ...others] = resolvers;
    if (first === undefined || !isPublicIpv4(first)) return [];
    const path = `node ${name}`;
    const inside = others.find((one) => !isPublicIpv4(one));
    if (inside === undefined) {
      const all = resolvers.join(" and ");
      const advice =
        `it asks ${all} for names, outside the site: when the internet is gone no name of the site is found${stops}; ` +
        "put the site's own resolver first (System, DNS of the node), which is the firewall in TAPPaaS";
      return [{ path, advice }];
    }
    const advice =
      `it asks ${first} for names before ${inside}: that one is outside the site, knows no name of it, and when the internet is gone ` +
      `each name waits for it; put ${inside} first (System, DNS of the node)`;
    return [{ path, advice }];
  });
}

/** A vote behind the internet is away just when the site is alone; the nodes go on, and bear no further loss. */
function quorumFindings(observation: Observation | undefined): Finding[] {
  const devices = (observation?.highAvailability?.items ?? []).filter(
    // PVE shows it with its port, `203.0.113.7:5403`.
    ({ kind, id }) => kind === "quorum-device" && isPublicIpv4(id.replace(/:\d+$/, "")),
  );
  return devices.map(({ id }) => ({
    path: "cluster",
    advice:
      `its QDevice at ${id} is outside the site: when the internet is gone so is its vote, and with one node lost then nothing fails ` +
      "over; a machine on the site that is no node votes without the internet (docs/how-to/quorum.md)",
  }));
}
