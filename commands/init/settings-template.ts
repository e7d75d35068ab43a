/** What is known of a site before anything of it was seen. */
export interface NewSite {
  /** Its name: its folder below sites/, and its stack. */
  readonly site: string;
  /** Name of the stack, where it is another. */
  readonly stack: string;
  /** Where the state lies. */
  readonly backend: string;
  /** Second places for the state. */
  readonly copies: readonly string[];
  /** Address of a backup server that exists. */
  readonly backupServer?: string | undefined;
}

/** The settings file of a new site: what is known, and what comes next, each with its explanation. */
export function settingsTemplate({ site, stack, backend, copies, backupServer }: NewSite): string {
  const make = `SITE=${site}${stack === site ? "" : ` STACK=${stack}`}`;
  return `# yaml-language-server: $schema=settings.schema.json
# The site "${site}". \`make schema\` gives an editor the meaning of each line; Pulumi.single-node.yaml is filled in as an example.
# Secrets stand beside the settings, encrypted. \`make enrol\` writes pveApiToken, pveObserveToken and sshPrivateKey.
config:
  tappaas-resilience:settings:
    # What this stack is; it chooses the program.
    role: site
    # Folder with the site's inventory, its observation and its owner's decisions.
    site: sites/${site}
    # Where Pulumi keeps its state, and second places that get an encrypted copy after each success. Not on the site itself.
    state:
      backend: ${JSON.stringify(backend)}
      copies: ${JSON.stringify(copies)}
    # The nodes, by name, and caCertificate: \`make enrol HOST=10.0.0.10 ${make}\` writes them, one run a node.
    nodes: {}
    # Pools to adopt, or to make where they are missing; others on the nodes are left alone. \`make observe ${make}\` shows them.
    pools: []
    # A PBS that exists: \`make enrol PBS=10.0.0.12 ${make}\` writes its address and the fingerprint of its certificate, and
    # pbsToken and pbsObserveToken beside them. As long as there is none, nothing is backed up, and every run says so.
    backupServer: ${backupServer === undefined ? "{}" : `\n      address: ${JSON.stringify(backupServer)}`}
    # Every setting of the backup has a default: nightly at 21:00, kept 7 days, 4 weeks, 12 months, years for ever.
    backup: {}
    # \`make key SITE=${site} PBS=<address>\` makes the key and writes its fingerprint here.
    key:
      fingerprint: ""
      file: keys/backup-key.age
      identityFile: keys/identity.txt
`;
}

/** The README of a new site's folder. */
export function readmeTemplate({ site }: NewSite): string {
  return `# The site ${site}

What is known of it, and nothing secret. \`Pulumi.${site}.yaml\` says how to reach its machines.

| file | whose | what |
|---|---|---|
| \`configuration.json\`, \`modules/*.json\` | TAPPaaS' | the inventory; without them, what was observed is the inventory |
| \`observed.json\` | written by \`make observe\` | what was seen, with its date |
| \`adoptions.json\` | yours | objects that existed before and may become what the program says |
| \`acceptances.json\` | yours | protection that you lessen knowingly, each with who, why and until when |
| \`escrow.json\` | yours | where the escrow sheets are, and when somebody last looked at each |
| \`enrolment.json\` | written by \`make enrol\` | what it made on the nodes, so that it can be undone |

The forms of these files are in [sites/single-node](../single-node/README.md).
`;
}
