/** The user on PVE whose tokens the program uses. It has no password: nobody can log in with it. */
export const LOGIN_USER = "pulumi@pve";

/** The same on the backup server. */
export const LOGIN_USER_PBS = "pulumi@pbs";

/** Which secret of the stack holds which login to PVE. */
export const LOGIN_SECRETS = { apply: "pveApiToken", observe: "pveObserveToken" } as const;

/** The same for the backup server. */
export const PBS_SECRETS = { apply: "pbsToken", observe: "pbsObserveToken" } as const;

/** Secret of the stack that holds the program's own SSH key. */
export const SSH_SECRET = "sshPrivateKey";

/** A name that is not taken: the one that is wanted, else with a number. */
export function freeName(wanted: string, taken: readonly string[]): string {
  if (!taken.includes(wanted)) return wanted;
  for (let number = 2; ; number += 1) if (!taken.includes(`${wanted}-${number}`)) return `${wanted}-${number}`;
}
