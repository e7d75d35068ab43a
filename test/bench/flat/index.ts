import { readFileSync } from "node:fs";

import * as proxmoxve from "@muhlba91/pulumi-proxmoxve";
import { remote } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";

import { readConfiguration } from "../../../stacks/config";

/** A resource of the site as the state of a run through components has it. */
interface Flat {
  readonly type: string;
  readonly name: string;
  readonly inputs: Record<string, unknown>;
  readonly protect: boolean;
  readonly retainOnDelete: boolean;
  /** Type and name of its provider. */
  readonly provider: string;
  /** Type and name of each that it comes after. */
  readonly after: readonly string[];
}

class FlatProvider extends pulumi.ProviderResource {
  constructor({ type, name, inputs }: Flat) {
    super(type.replace("pulumi:providers:", ""), name, inputs);
  }
}

class FlatResource extends pulumi.CustomResource {
  constructor({ type, name, inputs, protect, retainOnDelete }: Flat, options: pulumi.CustomResourceOptions) {
    super(type, name, inputs, { ...options, protect, retainOnDelete });
  }
}

/**
 * The same site without any component, for `make bench`: it loads the packages that such a program would, reads the same settings, and writes
 * each resource down.
 */
function main(): void {
  // Loaded where they are used, as the packages see to it.
  void pulumi.log.debug([proxmoxve.storage.Zfspool, remote.Command].map(({ name }) => name).join());
  readConfiguration();
  const all = JSON.parse(readFileSync(process.env["BENCH_FLAT"] ?? "", "utf8")) as Flat[];
  const isProvider = ({ type }: Flat) => type.startsWith("pulumi:providers:");
  const providers = new Map(
    all.filter(isProvider).map((one) => [`${one.type}::${one.name}`, new FlatProvider(secretIn(one))]),
  );
  const made = new Map<string, pulumi.Resource>();
  for (const one of all.filter((other) => !isProvider(other))) {
    const provider = providers.get(one.provider);
    const dependsOn = one.after.flatMap((other) => made.get(other) ?? []);
    const options = { dependsOn, ...(provider !== undefined && { provider }) };
    made.set(`${one.type}::${one.name}`, new FlatResource(secretIn(one), options));
  }
}

/** How the state marks what is a secret. */
const SECRET = "4dabf18193072939515e22adb298388d";

function secretIn(one: Flat): Flat {
  return { ...one, inputs: opened(one.inputs) as Record<string, unknown> };
}

function opened(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(opened);
  if (typeof value !== "object" || value === null) return value;
  const fields = value as Record<string, unknown>;
  if (SECRET in fields) return pulumi.secret(JSON.parse(String(fields["plaintext"])) as unknown);
  const own = Object.entries(fields).filter(([name]) => name !== "__defaults" && name !== "__internal");
  return Object.fromEntries(own.map(([name, inner]) => [name, opened(inner)]));
}

main();
