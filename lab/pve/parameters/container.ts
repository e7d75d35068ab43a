import { decimal, flag, integer, oneOf, optional, text, type Parameters } from "../../core/specification";
import { NODE, STORAGE, VMID } from "./common";

/** A new container, or one restored from `ostemplate`. */
export const CREATE_CONTAINER: Parameters = {
  arch: optional(oneOf("amd64", "i386", "arm64", "armhf", "riscv32", "riscv64")),
  bwlimit: optional(decimal({ minimum: 0 })),
  cmode: optional(oneOf("shell", "console", "tty")),
  console: optional(flag()),
  cores: optional(integer({ minimum: 1, maximum: 8192 })),
  cpulimit: optional(decimal({ minimum: 0, maximum: 8192 })),
  cpuunits: optional(integer({ minimum: 0, maximum: 500000 })),
  debug: optional(flag()),
  description: optional(text({ maxLength: 8192 })),
  "dev[n]": optional(text({ format: "property-string" })),
  entrypoint: optional(text({ pattern: "(?^:[^\\x00-\\x08\\x0a-\\x1F\\x7F]+)" })),
  env: optional(
    text({ pattern: "(?^:(?:\\w+=[^\\x00-\\x08\\x0a-\\x1F\\x7F]*)(?:\\0\\w+=[^\\x00-\\x08\\x0a-\\x1F\\x7F]*)*)" }),
  ),
  features: optional(text({ format: "property-string" })),
  force: optional(flag()),
  "ha-managed": optional(flag()),
  hookscript: optional(text({ format: "pve-volume-id" })),
  hostname: optional(text({ format: "dns-name", maxLength: 255 })),
  "ignore-unpack-errors": optional(flag()),
  lock: optional(
    oneOf(
      "backup",
      "create",
      "destroyed",
      "disk",
      "fstrim",
      "migrate",
      "mounted",
      "rollback",
      "snapshot",
      "snapshot-delete",
    ),
  ),
  memory: optional(integer({ minimum: 16 })),
  "mp[n]": optional(text({ format: "property-string" })),
  nameserver: optional(text({ format: "lxc-ip-with-ll-iface-list" })),
  "net[n]": optional(text({ format: "property-string" })),
  node: NODE,
  onboot: optional(flag()),
  ostemplate: text({ maxLength: 255 }),
  ostype: optional(
    oneOf(
      "debian",
      "devuan",
      "ubuntu",
      "centos",
      "fedora",
      "opensuse",
      "archlinux",
      "alpine",
      "gentoo",
      "nixos",
      "unmanaged",
    ),
  ),
  password: optional(text({ minLength: 5 })),
  pool: optional(text({ format: "pve-poolid" })),
  protection: optional(flag()),
  restore: optional(flag()),
  rootfs: optional(text({ format: "property-string" })),
  searchdomain: optional(text({ format: "dns-name-list" })),
  "ssh-public-keys": optional(text()),
  start: optional(flag()),
  startup: optional(text({ format: "pve-startup-order" })),
  storage: optional(STORAGE),
  swap: optional(integer({ minimum: 0 })),
  tags: optional(text({ format: "pve-tag-list" })),
  template: optional(flag()),
  timezone: optional(text({ format: "pve-ct-timezone" })),
  tty: optional(integer({ minimum: 0, maximum: 6 })),
  unique: optional(flag({ requires: "restore" })),
  unprivileged: optional(flag()),
  "unused[n]": optional(text({ format: "property-string" })),
  vmid: VMID,
};

/** What counts only when a container is made. */
const ONCE = [
  ...["bwlimit", "force", "ha-managed", "ignore-unpack-errors", "ostemplate", "password", "pool", "restore"],
  ...["ssh-public-keys", "start", "storage", "unique"],
];

/** Another config for a container. */
export const UPDATE_CONTAINER: Parameters = {
  ...Object.fromEntries(Object.entries(CREATE_CONTAINER).filter(([name]) => !ONCE.includes(name))),
  delete: optional(text({ format: "pve-configid-list" })),
  digest: optional(text({ maxLength: 40 })),
  revert: optional(text({ format: "pve-configid-list" })),
};
