import { join } from "node:path";
import { chdir } from "node:process";

import { PolicyPack } from "@pulumi/policy";

import { RULES } from "./rules";

// The SDK reads the pack's version from where it runs, which is the program's folder with some engines.
chdir(join(__dirname, "../../policies"));

/** What `pulumi preview --policy-pack policies` holds a plan against. */
new PolicyPack("tappaas-resilience", { policies: [...RULES] });
