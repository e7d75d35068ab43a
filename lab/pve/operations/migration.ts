import { type GuestType } from "../guests/guest";
import { ClusterLife } from "../life/cluster-life";
import { type Call, type Operation } from "../operation";
import { MIGRATE_CONTAINER, MIGRATE_RESOURCE, MIGRATE_VM } from "../parameters/migration";
import { impossible } from "../refusal";
import { guestOf } from "./guest";

const MIGRATE = { check: ["perm", "/vms/{vmid}", ["VM.Migrate"]] } as const;

/**
 * Guests go to another node: a watched one by HA, at its next rounds, any other at once. Sources: qemu-server,
 * src/PVE/API2/Qemu.pm; pve-container, src/PVE/API2/LXC.pm; pve-ha-manager, PVE/API2/HA/Resources.pm.
 */
export const MIGRATIONS: readonly Operation[] = [
  operation("qemu", MIGRATE_VM),
  operation("lxc", MIGRATE_CONTAINER),
  {
    name: "POST /cluster/ha/resources/{sid}/migrate",
    parameters: MIGRATE_RESOURCE,
    permissions: { check: ["perm", "/", ["Sys.Console"]] },
    handle: (call) => {
      const [sid, node] = [call.required("sid"), call.required("node")];
      if (call.cluster.ha.value.resources[sid] === undefined) throw impossible(`no such resource '${sid}'`);
      lifeOf(call).act((one) => {
        one.command(`migrate ${sid} ${node}`);
      });
      return { sid, "requested-node": node };
    },
  },
];

function operation(type: GuestType, parameters: Operation["parameters"]): Operation {
  const name = `POST /nodes/{node}/${type}/{vmid}/migrate`;
  return { name, parameters, permissions: MIGRATE, handle: (call) => migrate(call, type) };
}

function migrate(call: Call, type: GuestType): string {
  const { vmid, running } = guestOf(call, type);
  const target = call.required("target");
  if (!call.cluster.nodes.has(target)) throw impossible(`no such cluster node '${target}'`);
  if (target === call.node.name) throw impossible("target is local node.");
  if (running && type === "qemu" && !call.flag("online")) throw impossible("can't migrate running VM without --online");
  const life = lifeOf(call);
  const sid = `${type === "lxc" ? "ct" : "vm"}:${vmid}`;
  const isWatched = call.cluster.ha.value.resources[sid] !== undefined;
  const kind = isWatched ? "hamigrate" : type === "qemu" ? "qmigrate" : "vzmigrate";
  return call.node.tasks.start({ type: kind, id: String(vmid), authId: call.authId }, () => {
    life.act((one) => {
      if (isWatched) one.command(`migrate ${sid} ${target}`);
      else one.migrate(sid, target);
    });
  });
}

function lifeOf(call: Call): ClusterLife {
  const life = ClusterLife.of(call.cluster);
  if (life === undefined) throw impossible("this node is not in a cluster");
  return life;
}
