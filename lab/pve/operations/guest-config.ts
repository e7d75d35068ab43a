import { digestOf } from "../digest";
import { splitList } from "../formats";
import { requireConfigRights } from "../guests/config-rights";
import { driveLine, parseDrive, sizeOf, sizeText } from "../guests/drive";
import { containerNetworkLine, networkLine } from "../guests/network-line";
import { newVolume } from "../guests/new-volume";
import { type Guest } from "../guests/guest";
import { type Call, type Operation } from "../operation";
import { UPDATE_CONTAINER } from "../parameters/container";
import { RESIZE_VM, UPDATE_VM, WRITE_CLOUD_INIT } from "../parameters/virtual-machine-change";
import { impossible, notImplemented } from "../refusal";
import { giveUpDisks } from "./disk-move";
import { guestOf } from "./guest";
import { DRIVE } from "./guest-creation";

/** In the order of the official table. */
const ANY = ["Disk", "CDROM", "CPU", "Memory", "Network", "HWType", "Options", "Cloudinit"];

const IN_CONTAINERS = ["Disk", "CPU", "Memory", "Network", "Options"];

/** Changes of a guest's config. Source: pve-container, src/PVE/API2/LXC/Config.pm; qemu-server, src/PVE/API2/Qemu.pm. */
export const GUEST_CONFIG: readonly Operation[] = [
  {
    name: "PUT /nodes/{node}/qemu/{vmid}/config",
    parameters: UPDATE_VM,
    permissions: { check: ["perm", "/vms/{vmid}", ANY.map((one) => `VM.Config.${one}`), "any", 1] },
    handle: update,
  },
  {
    name: "PUT /nodes/{node}/qemu/{vmid}/resize",
    parameters: RESIZE_VM,
    permissions: { check: ["perm", "/vms/{vmid}", ["VM.Config.Disk"]] },
    handle: resize,
  },
  {
    name: "PUT /nodes/{node}/qemu/{vmid}/cloudinit",
    parameters: WRITE_CLOUD_INIT,
    permissions: { check: ["perm", "/vms/{vmid}", ["VM.Config.Cloudinit"]] },
    handle: (call) => (guestOf(call, "qemu"), null),
  },
  {
    name: "PUT /nodes/{node}/lxc/{vmid}/config",
    parameters: UPDATE_CONTAINER,
    permissions: { check: ["perm", "/vms/{vmid}", IN_CONTAINERS.map((one) => `VM.Config.${one}`), "any", 1] },
    handle: updateContainer,
  },
];

function update(call: Call): null {
  const { vmid, config } = guestOf(call, "qemu");
  requireConfigRights(call, vmid);
  demandDigest(call, config);
  const changes: Record<string, string> = {};
  const taken = new Set<string>();
  for (const [name, value] of Object.entries(
    call.except("node", "vmid", "digest", "delete", "revert", "force", "skiplock"),
  )) {
    if (DRIVE.test(name)) {
      const volume = newVolume(call, vmid, name, value, taken);
      volume.make();
      changes[name] = volume.line;
    } else changes[name] = /^net\d+$/.test(name) ? networkLine(value, config[name]) : value.replace(/,$/, "");
  }
  const dropped = splitList(call.text("delete") ?? "");
  edit(call, vmid, (draft) => {
    giveUpDisks(call, draft);
    for (const name of dropped) Reflect.deleteProperty(draft.config, name);
    Object.assign(draft.config, changes);
  });
  return null;
}

/** Lines of a container that name none of its volumes. */
const RUN_LINES =
  /^(?:cores|cpulimit|cpuunits|description|hostname|memory|net\d+|onboot|protection|startup|swap|tags)$/;

function updateContainer(call: Call): null {
  const { vmid, config } = guestOf(call, "lxc");
  requireConfigRights(call, vmid);
  demandDigest(call, config);
  const given = Object.entries(call.except("node", "vmid", "digest", "delete", "revert"));
  const changes = Object.fromEntries(
    given.map(([name, value]) => [name, /^net\d+$/.test(name) ? containerNetworkLine(value, config[name]) : value]),
  );
  const dropped = splitList(call.text("delete") ?? "");
  const strange = [...Object.keys(changes), ...dropped].find((name) => !RUN_LINES.test(name));
  for (const name of dropped) {
    const bridge = /(?:^|,)bridge=([^,]+)/.exec(config[name] ?? "")?.[1];
    if (bridge !== undefined) call.cluster.require(call.authId, `/sdn/zones/localnetwork/${bridge}`, ["SDN.Use"]);
  }
  if (strange !== undefined) throw notImplemented(`PUT /nodes/{node}/lxc/{vmid}/config with ${strange}`);
  edit(call, vmid, (draft) => {
    for (const name of dropped) Reflect.deleteProperty(draft.config, name);
    Object.assign(draft.config, changes);
  });
  return null;
}

function demandDigest(call: Call, config: Readonly<Record<string, string>>): void {
  const digest = call.text("digest");
  if (digest !== undefined && digest !== digestOf(config))
    throw impossible("detected modified configuration - file changed by other user? Try again.");
}

function resize(call: Call): string {
  const { vmid, config } = guestOf(call, "qemu");
  const key = call.required("disk");
  const drive = config[key] === undefined ? undefined : parseDrive(config[key]);
  if (drive === undefined) throw impossible(`disk '${key}' does not exist`);
  const [storage = "", volume = ""] = drive.file.split(":");
  const dataset = call.node.datasetOf({ storage, volume });
  const now = call.node.contents.size(dataset) ?? 0;
  const size = sizeOf(call.required("size"), now);
  if (size < now) throw impossible("shrinking disks is not supported");
  return call.node.tasks.start({ type: "resize", id: String(vmid), authId: call.authId }, () => {
    call.node.contents.grow(dataset, size);
    edit(call, vmid, (draft) => {
      draft.config[key] = driveLine({ file: drive.file, options: { ...drive.options, size: sizeText(size) } });
    });
  });
}

function edit(call: Call, vmid: number, change: (draft: Guest) => void): void {
  call.node.guests.change(({ guests }) => {
    const guest = guests[String(vmid)];
    if (guest !== undefined) change(guest);
  });
}
