/** Name in PVE, and in its own network, of the machine that is the backup server. **Another name is another machine.** */
export function serverMachineName(vmid: number): string {
  return `backup-${vmid}`;
}

/** Name in PVE of the machine that owns the backups' disk and never runs. */
export function dataMachineName(vmid: number): string {
  return `backup-data-${vmid}`;
}
