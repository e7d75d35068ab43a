import { type Problem } from "./problem";
import { type Settings } from "./settings";

/** What is wrong with the logins of other places: each is for one place, and none is the one that writes. */
export function copyReaderProblems({ backup: { readers }, backupServer: { user } }: Settings): Problem[] {
  const path = "backup.readers";
  const twice = readers.filter((reader, index) => readers.indexOf(reader) !== index);
  return [
    ...twice.map((reader) => ({
      path,
      expected: `each place to have a user of its own, and ${reader} is named twice`,
      cure: OWN,
    })),
    ...(readers.includes(user)
      ? [{ path, expected: `users who only read, and ${user} writes the backups`, cure: OWN }]
      : []),
  ];
}

const OWN = 'Give each place that fetches copies a user of its own, such as "vault@pbs"';
