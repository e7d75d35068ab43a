import * as pulumi from "@pulumi/pulumi";

import { ReturnGuard } from "../components";
import { recordGroup, type RecordPlace } from "../estate/return-guard";
import { defined } from "../estate/units/defined";
import { publicKeyOf } from "../provider/keys/ssh-public-key";
import { type Configuration } from "./config";

/** On every node the guard against two sites that serve at once, where the settings ask for one. */
export function declareReturnGuard(
  { estate, secrets, recordReaders }: Configuration,
  opts: pulumi.ComponentResourceOptions,
): void {
  const { returnGuard: plan, nodes } = estate;
  if (plan === undefined) return;
  const site = pulumi.getStack();
  const signer = secrets.sshPrivateKey.apply(publicKeyOf);
  const { prepared, outside, limit, places } = plan;
  const servers = places.flatMap((place) => serverOf(place, site, recordReaders));
  const [dns] = places.flatMap((place) =>
    place.kind === "dns" ? { resolver: place.record.resolver, name: place.record.name } : [],
  );
  for (const { name: node, ssh } of nodes) {
    const shell = { ...ssh, privateKey: secrets.sshPrivateKey };
    const what = { prepared, outside, limit, servers, ...defined({ dns }) };
    new ReturnGuard(`return-${node}`, { node, shell, site, signer, ...what }, opts);
  }
}

function serverOf(place: RecordPlace, site: string, readers: Configuration["recordReaders"]) {
  if (place.kind !== "pbs") return [];
  const { name, address, port, fingerprint, datastore, namespace, reader } = place;
  const host = address.includes(":") ? `[${address}]` : address;
  const repository = `${reader}@${host}:${port}:${datastore}`;
  const secret = readers[name] ?? pulumi.secret("");
  return [{ name, repository, group: recordGroup(site), secret, ...defined({ fingerprint, namespace }) }];
}
