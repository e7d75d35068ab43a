import { type BucketStackSettings } from "./bucket-stack-settings";
import { type DrHostSettings } from "./dr-host-settings";
import { type Settings } from "./settings";
import { type VaultSettings } from "./vault-settings";

/** Settings of a stack of any role. */
export type AnySettings = Settings | VaultSettings | BucketStackSettings | DrHostSettings;
