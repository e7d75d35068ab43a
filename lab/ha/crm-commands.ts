import { type Model, type Sid } from "./model";
import { type ManagerStatus } from "./status";
import { type World } from "./world";

/** Carries out what people have asked the CRM for since the last round. Source: Manager.pm, update_crm_commands. */
export function takeCommands(world: World, master: string, manager: ManagerStatus): void {
  for (const command of world.model.commands.splice(0)) {
    const [verb = "", first = "", second = ""] = command.split(" ");
    if (verb === "migrate" || verb === "relocate")
      move(world, master, manager, { command, verb, sid: first, target: second });
    else maintain(world, master, manager, command, verb, first);
  }
}

interface Move {
  readonly command: string;
  readonly verb: "migrate" | "relocate";
  readonly sid: Sid;
  readonly target: string;
}

function move(world: World, master: string, manager: ManagerStatus, { command, verb, sid, target }: Move): void {
  const refuse = (reason: string): void => {
    world.log(`${master}/crm`, `crm command error - ${reason}: ${command}`, "err");
  };
  const service = manager.service_status[sid];
  if (service === undefined) {
    refuse("no such service");
    return;
  }
  if (manager.node_status[target] !== "online") {
    refuse("node not online");
    return;
  }
  if (service.node === target) {
    world.log(`${master}/crm`, `ignore crm command - service already on target node: ${command}`);
    return;
  }
  const { together, apart } = companions(world.model, sid);
  const rival = apart.find((other) => manager.service_status[other]?.node === target);
  if (rival !== undefined) {
    const reason = `service '${rival}' on node '${target}' in negative affinity with service '${sid}'`;
    world.log(`${master}/crm`, `crm command '${command}' error - ${reason}`, "err");
    return;
  }
  world.log(`${master}/crm`, `got crm command: ${command}`);
  for (const one of [sid, ...together]) {
    const companion = manager.service_status[one];
    if (companion !== undefined && companion.node !== target) companion.cmd = [verb, target];
  }
}

/** Services that have to be with one, and those that must not be. */
export function companions({ config }: Model, sid: Sid): { together: Sid[]; apart: Sid[] } {
  const rules = Object.values(config.rules).filter((rule) => rule.disable !== true && rule.resources.includes(sid));
  const others = (affinity: string): Sid[] =>
    rules
      .filter((rule) => rule.type === "resource-affinity" && rule.affinity === affinity)
      .flatMap(({ resources }) => resources.filter((other) => other !== sid))
      .sort();
  return { together: others("positive"), apart: others("negative") };
}

function maintain(
  world: World,
  master: string,
  manager: ManagerStatus,
  command: string,
  verb: string,
  node: string,
): void {
  const wish = verb === "enable-node-maintenance";
  if (wish && manager.node_status[node] !== "online") {
    world.log(`${master}/crm`, `crm command error - node not online: ${command}`, "err");
    return;
  }
  world.log(`${master}/crm`, `got crm command: ${command}`);
  manager.node_request[node] = { maintenance: wish };
}
