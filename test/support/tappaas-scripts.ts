import { readFileSync } from "node:fs";

import { setTimeout as sleep } from "node:timers/promises";

import { login, run } from "../lab/ssh/ssh-client";
import { type LabSheet } from "../../tools/lab-site/lab";

/** Comment by which TAPPaaS' scripts find their backup job. */
const JOB_COMMENT = "TAPPaaS-backup-vm-managed";

/** Name that they give to datastore and storage. */
const STORE = "tappaas_backup";

const KEYRING = "/usr/share/keyrings/proxmox-archive-keyring.gpg";

const RIGHTS_ACT_MS = 5_500;

/** A machine's shell as root. Fails, with what was said, when a command fails. */
async function shell(sheet: LabSheet, machine: string, command: string): Promise<string> {
  const ssh = (sheet.nodes[machine] ?? sheet.pbs[machine])?.ssh;
  if (ssh === undefined) throw new Error(`The lab has no machine "${machine}" with SSH.`);
  const { host, port, user: username, privateKeyFile } = ssh;
  const client = await login({ host, port, username, privateKey: readFileSync(privateKeyFile, "utf8") });
  const { code, stdout, stderr } = await run(client, command).finally(() => client.end());
  if (code !== 0) throw new Error(`"${command}" on ${machine} ended with ${String(code)}: ${stderr}${stdout}`);
  return stdout;
}

/**
 * What TAPPaaS' own scripts do on a site, told by us: the commands that they run over SSH, in their order, with their names,
 * options and defects. Written after what the scripts of the summer of 2026 do; nothing of them is copied.
 */
export class TappaasScripts {
  constructor(
    private readonly sheet: LabSheet,
    /** Password that the backup installer asks for. */
    private readonly password: string,
    private readonly node = "tappaas1",
    private readonly server = "backup",
  ) {}

  /** The storage step of a node: makes a pool on one disk and registers it. */
  async makePool(pool: string, disk: string): Promise<void> {
    await this.onNode("zpool status -P");
    const options = "-o ashift=12 -o autotrim=on -O compression=lz4 -O atime=off -O xattr=sa";
    await this.onNode(`zpool create -f ${options} ${pool} /dev/disk/by-id/${disk}`);
    await this.onNode("pvesm status");
    await this.onNode(`pvesm add zfspool ${pool} -pool ${pool} -content images,rootdir -nodes ${this.node}`);
  }

  /** The backup module's installer: server, datastore, login, jobs, storage; each made only where its name is not listed yet. */
  async installBackup(): Promise<void> {
    const lines = ["Types: deb", "URIs: http://download.proxmox.com/debian/pbs", "Suites: trixie"];
    const source = [...lines, "Components: pbs-no-subscription", `Signed-By: ${KEYRING}`].join("\\n");
    const folder = "/etc/apt/sources.list.d";
    await shell(this.sheet, this.server, `mkdir -p ${folder} && printf '\\n${source}\\n' >>${folder}/proxmox.sources`);
    await shell(this.sheet, this.server, "apt update && apt install -y proxmox-backup-server proxmox-backup-client");
    await this.onNode("pvesh get /nodes && apt install -y proxmox-backup-client");
    await this.unlessListed("datastore list", STORE, `datastore create ${STORE} /tankc1/${STORE}`);
    await this.unlessListed("user list", "tappaas@pbs", `user create tappaas@pbs --password '${this.password}'`);
    await this.manager(`acl update /datastore/${STORE} Admin --auth-id tappaas@pbs`);
    const keep = "--keep-last 4 --keep-daily 14 --keep-weekly 8 --keep-monthly 12 --keep-yearly 6";
    const prune = `prune-job create prune-${STORE} --store ${STORE} --schedule 02:00 ${keep}`;
    await this.unlessListed("prune-job list", `prune-${STORE}`, prune);
    await this.manager(`datastore update ${STORE} --gc-schedule 03:00`);
    await this.verifyStep();
    const namespaces = `/admin/datastore/${STORE}/namespace`;
    for (const name of ["remote", "external"]) {
      await shell(this.sheet, this.server, `proxmox-backup-debug api create ${namespaces} --name ${name}`);
    }
    // A right takes up to 5 seconds to act; the scripts' other steps, packages above all, take longer.
    await sleep(RIGHTS_ACT_MS);
    await this.addStorage();
  }

  /** The backup module's updater: of the installer's steps only the verify job, and the guests that are always backed up. */
  async updateBackup(always: readonly number[]): Promise<void> {
    await this.verifyStep();
    for (const vmid of always) await this.addToBackup(vmid);
  }

  /** The installer of `backup:vm` for one guest: adds its VMID to the one job, which is made for the first. */
  async addToBackup(vmid: number): Promise<void> {
    const job = await this.managedJob();
    if (job === undefined) {
      const how = "--mode snapshot --compress zstd --starttime 21:00 --enabled 1 --mailnotification always";
      const what = `--storage ${STORE} --vmid ${vmid} ${how} --comment ${JOB_COMMENT}`;
      await this.onNode(`pvesh create /cluster/backup ${what}`);
      return;
    }
    const vmids = job.vmid.split(",");
    if (vmids.includes(String(vmid))) return;
    await this.onNode(`pvesh set /cluster/backup/${job.id} --vmid ${[...vmids, vmid].join(",")}`);
  }

  /** The remover of `backup:vm` for one guest; with the last one the job goes. */
  async removeFromBackup(vmid: number): Promise<void> {
    const job = await this.managedJob();
    if (job === undefined) return;
    const left = job.vmid.split(",").filter((one) => one !== String(vmid));
    const set = `pvesh set /cluster/backup/${job.id} --vmid ${left.join(",")}`;
    await this.onNode(left.length === 0 ? `pvesh delete /cluster/backup/${job.id}` : set);
  }

  /** A person's backup of one guest now. */
  async backUpNow(vmid: number): Promise<void> {
    await this.onNode(`vzdump ${vmid} --storage ${STORE} --mode snapshot --compress zstd`);
  }

  /** The job that the scripts call theirs. */
  async managedJob(): Promise<{ id: string; vmid: string } | undefined> {
    const jobs = JSON.parse(await this.onNode("pvesh get /cluster/backup --output-format json")) as {
      id: string;
      vmid: string;
      comment?: string;
    }[];
    return jobs.find(({ comment }) => comment === JOB_COMMENT);
  }

  private async verifyStep(): Promise<void> {
    const create = `verify-job create verify-${STORE} --store ${STORE} --schedule 04:00 --ignore-verified true --outdated-after 30`;
    await this.unlessListed("verify-job list", `verify-${STORE}`, create);
    await this.manager(`datastore update ${STORE} --verify-new true`);
  }

  private async addStorage(): Promise<void> {
    if ((await this.onNode("pvesm status")).includes(STORE)) return;
    const { address } = this.sheet.pbs[this.server] ?? { address: "" };
    const certificate = await this.manager("cert info");
    const [, fingerprint = ""] = /Fingerprint \(sha256\): (\S+)/.exec(certificate) ?? [];
    const place = `--server ${address} --datastore ${STORE} --fingerprint ${fingerprint}`;
    await this.onNode(`pvesm add pbs ${STORE} ${place} --username tappaas@pbs --password '${this.password}'`);
  }

  /** The scripts' own test for what is there: a part of a line is enough. */
  private async unlessListed(list: string, name: string, create: string): Promise<void> {
    if (!(await this.manager(list)).includes(name)) await this.manager(create);
  }

  private manager(command: string): Promise<string> {
    return shell(this.sheet, this.server, `proxmox-backup-manager ${command}`);
  }

  private onNode(command: string): Promise<string> {
    return shell(this.sheet, this.node, command);
  }
}
