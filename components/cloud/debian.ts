import type * as pulumi from "@pulumi/pulumi";

import { getAmiOutput } from "../internal/aws-machine";

/** Account in which Debian publishes its images. Source: https://wiki.debian.org/Cloud/AmazonEC2Image */
const DEBIAN = "136693071363";

/** The newest image of Debian 13. A machine that exists keeps the one that it was made from. */
export function debianImage(opts: pulumi.InvokeOptions): pulumi.Output<string> {
  const filters = [
    { name: "name", values: ["debian-13-amd64-*"] },
    { name: "architecture", values: ["x86_64"] },
  ];
  return getAmiOutput({ owners: [DEBIAN], mostRecent: true, filters }, opts).id;
}

/**
 * Lines of a shell that bring a pool up on a disk of AWS, at every start. The disk may come later than the machine. A pool of that name is
 * imported; one is made on a disk on which nothing is, and never by force: a disk that holds something else is left as it is, the
 * machine says so on its console, and what comes after does not run.
 * @param volume Identifier of the disk, `vol-0123456789abcdef0`.
 */
export function diskPoolSteps(pool: string, volume: string): string {
  const disk = `/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_${volume.replace("-", "")}`;
  return String.raw`for try in $(seq 60); do
  if zpool list -H -o name ${pool} >/dev/null 2>&1; then break; fi
  if zpool import -d /dev/disk/by-id ${pool} 2>/dev/null; then echo "pool ${pool} was imported" && break; fi
  if zpool create -o ashift=12 -O compression=lz4 -O atime=off ${pool} ${disk}; then echo "pool ${pool} was made" && break; fi
  sleep 10
done
if ! zpool list -H -o name ${pool} >/dev/null; then
  echo "${disk} is not there, or holds something else: it was left as it is" >/dev/console
  exit 1
fi`;
}

/**
 * First lines of what a machine does when it first starts: Proxmox' key, compared with the digest that Proxmox publishes, and the agent
 * over which one gets in. The key lies below /etc, where packages keep none.
 * @param source `pve` or `pbs`.
 * @see https://pve.proxmox.com/wiki/Install_Proxmox_VE_on_Debian_13_Trixie
 * @see https://docs.aws.amazon.com/systems-manager/latest/userguide/agent-install-deb.html
 */
export function firstSteps(source: "pve" | "pbs", region: string): string {
  return String.raw`#!/bin/bash
# What this machine does once, at its first start. No secret stands here: whoever can describe the machine can read it.
set -euo pipefail
export LC_ALL=C HOME=/root DEBIAN_FRONTEND=noninteractive PATH="$PATH:/usr/sbin:/sbin"
keyring=/etc/apt/keyrings/proxmox-archive-keyring-trixie.gpg
mkdir -p /etc/apt/keyrings /etc/apt/sources.list.d
curl -fsS --retry 10 --retry-all-errors -o "$keyring" https://enterprise.proxmox.com/debian/proxmox-archive-keyring-trixie.gpg
echo "136673be77aba35dcce385b28737689ad64fd785a797e57897589aed08db6e45  $keyring" >"$keyring.sha256"
cksum -a sha256 -c "$keyring.sha256"
cat >/etc/apt/sources.list.d/tappaas-proxmox.sources <<SOURCE
Types: deb
URIs: http://download.proxmox.com/debian/${source}
Suites: trixie
Components: ${source}-no-subscription
Signed-By: $keyring
SOURCE
apt-get update -q
agent=$(mktemp -d)/amazon-ssm-agent.deb
curl -fsS --retry 10 --retry-all-errors -o "$agent" https://s3.${region}.amazonaws.com/amazon-ssm-${region}/latest/debian_amd64/amazon-ssm-agent.deb
apt-get install -q -y "$agent"
`;
}
