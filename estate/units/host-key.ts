/** Whether a line is an SSH host key as authorized_keys has it: `ssh-ed25519 AAAA…`, with or without a name after it. */
export function isHostKeyLine(line: string): boolean {
  return /^(?:ssh|ecdsa)-\S+ [A-Za-z0-9+/]+=*(?: .*)?$/.test(line);
}
