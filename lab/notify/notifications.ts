import { createHash } from "node:crypto";

import { type Document } from "../core/state";
import { decoded, deliver, namedValue } from "./delivery";
import { isFieldRule, matches } from "./matching";
import { NotifyRefusal, type EndpointType, type Fields, type Notification } from "./notification";

/** Stored form: targets with their kind, matchers, and by target what is never read back. */
export interface NotifyState {
  /** Targets by name. */
  endpoints: Record<string, { type: EndpointType; fields: Fields }>;
  /** Matchers by name. */
  matchers: Record<string, Fields>;
  /** Values of secrets by target. */
  secrets: Record<string, Record<string, string>>;
}

/** What every installation has. Source: pve-manager and proxmox-backup, their default notifications.cfg. */
export function dayOneNotifications(): NotifyState {
  const mail = { comment: "Send mails to root@pam's email address", "mailto-user": ["root@pam"], origin: "builtin" };
  const all = { mode: "all", target: ["mail-to-root"], comment: "Route all notifications to mail-to-root" };
  return {
    endpoints: { "mail-to-root": { type: "sendmail", fields: mail } },
    matchers: { "default-matcher": { ...all, origin: "builtin" } },
    secrets: {},
  };
}

/** The notification system of one PVE cluster or one PBS: both have the same. Texts: proxmox-rs, proxmox-notify/src/api. */
export class Notifications {
  constructor(
    private readonly document: Document<NotifyState>,
    private readonly record: (text: string) => void,
  ) {}

  /** SHA-256 of the configuration. */
  get digest(): string {
    const { endpoints, matchers } = this.document.value;
    return createHash("sha256").update(JSON.stringify({ endpoints, matchers })).digest("hex");
  }

  /** All targets, of every kind. */
  targets(): Fields[] {
    return Object.entries(this.document.value.endpoints).map(([name, { type, fields }]) => {
      const { comment, disable, origin } = fields;
      return { name, type, origin, ...(comment !== undefined && { comment }), ...(disable === true && { disable }) };
    });
  }

  /** Targets of one kind, secrets by name alone. */
  endpoints(type: EndpointType): Fields[] {
    const all = Object.entries(this.document.value.endpoints).filter(([, endpoint]) => endpoint.type === type);
    return all.map(([name]) => this.endpoint(type, name));
  }

  /** One target. */
  endpoint(type: EndpointType, name: string): Fields {
    const found = this.document.value.endpoints[name];
    if (found?.type !== type) throw new NotifyRefusal(404, `${type} endpoint '${name}' not found`);
    return { name, ...found.fields };
  }

  /** Makes a target. */
  createEndpoint(type: EndpointType, name: string, given: Fields): void {
    const [fields, secrets] = withoutSecrets(given, {});
    this.document.change((draft) => {
      if (name in draft.endpoints || name in draft.matchers) throw taken(name);
      draft.endpoints[name] = { type, fields: { ...fields, origin: "user-created" } };
      draft.secrets[name] = secrets;
    });
  }

  /** Changes a target; a secret that is named without a value keeps the one it has. */
  updateEndpoint(type: EndpointType, name: string, given: Fields, cleared: readonly string[], digest?: string): void {
    const before = without(this.endpoint(type, name), "name");
    this.rejectStale(digest);
    const known = this.document.value.secrets[name] ?? {};
    const keeps = !("secret" in given) && !("token" in given) && !cleared.includes("secret");
    const [fields, secrets] = withoutSecrets(given, known);
    this.document.change((draft) => {
      draft.endpoints[name] = { type, fields: changed(before, fields, cleared) };
      draft.secrets[name] = keeps ? { ...known } : secrets;
    });
  }

  /** Removes a target that no matcher names. */
  deleteEndpoint(type: EndpointType, name: string): void {
    this.endpoint(type, name);
    const users = Object.entries(this.document.value.matchers).filter(([, { target }]) => list(target).includes(name));
    if (users.length > 0) {
      throw new NotifyRefusal(400, `cannot delete '${name}', referenced by: ${users.map(([user]) => user).join(", ")}`);
    }
    this.document.change((draft) => {
      Reflect.deleteProperty(draft.endpoints, name);
      Reflect.deleteProperty(draft.secrets, name);
    });
  }

  /** All matchers. */
  matchers(): Fields[] {
    return Object.keys(this.document.value.matchers).map((name) => this.matcher(name));
  }

  /** One matcher. */
  matcher(name: string): Fields {
    const found = this.document.value.matchers[name];
    if (found === undefined) throw new NotifyRefusal(404, `matcher '${name}' not found`);
    return { name, ...found };
  }

  /** Makes a matcher whose targets are there. */
  createMatcher(name: string, given: Fields): void {
    this.rejectBroken(given);
    this.document.change((draft) => {
      if (name in draft.endpoints || name in draft.matchers) throw taken(name);
      draft.matchers[name] = { ...given, origin: "user-created" };
    });
  }

  /** Changes a matcher. */
  updateMatcher(name: string, given: Fields, cleared: readonly string[], digest?: string): void {
    const before = without(this.matcher(name), "name");
    this.rejectStale(digest);
    this.rejectBroken(given);
    this.document.change((draft) => (draft.matchers[name] = changed(before, given, cleared)));
  }

  /** Removes a matcher; one that every installation has goes back to what it was. */
  deleteMatcher(name: string): void {
    const standard = dayOneNotifications().matchers[name];
    this.matcher(name);
    this.document.change((draft) => {
      if (standard === undefined) Reflect.deleteProperty(draft.matchers, name);
      else draft.matchers[name] = standard;
    });
  }

  /** Tells whom it concerns. What does not arrive is recorded and stops nobody else. */
  async notify(message: Notification): Promise<void> {
    const { matchers, endpoints } = this.document.value;
    const chosen = Object.values(matchers).filter((matcher) => matches(matcher, message));
    const names = new Set(chosen.flatMap(({ target }) => list(target)));
    for (const name of names) {
      if (endpoints[name] === undefined || endpoints[name].fields["disable"] === true) continue;
      await this.send(name, message).catch((error: unknown) => {
        this.record(`could not notify via target '${name}': ${error instanceof Error ? error.message : String(error)}`);
      });
    }
  }

  /** Sends a message to one target, whatever the matchers say. */
  async send(name: string, message: Notification): Promise<void> {
    const { endpoints, secrets } = this.document.value;
    const found = endpoints[name];
    if (found === undefined) throw new NotifyRefusal(404, `endpoint '${name}' not found`);
    await deliver(found.type, found.fields, secrets[name] ?? {}, message);
    this.record(`notified via target '${name}': ${message.title}`);
  }

  private rejectStale(digest: string | undefined): void {
    if (digest === undefined || digest === this.digest) return;
    throw new NotifyRefusal(400, "detected modified configuration - file changed by other user? Try again.");
  }

  private rejectBroken(given: Fields): void {
    const missing = list(given["target"]).find((name) => this.document.value.endpoints[name] === undefined);
    if (missing !== undefined) throw new NotifyRefusal(404, `endpoint '${missing}' does not exist`);
    const broken = list(given["match-field"]).find((rule) => !isFieldRule(rule));
    if (broken !== undefined) throw new NotifyRefusal(400, `invalid match-field directive: ${broken}`);
  }
}

function taken(name: string): NotifyRefusal {
  return new NotifyRefusal(400, `Cannot create '${name}', an entity with the same name already exists`);
}

function changed(before: Fields, given: Fields, cleared: readonly string[]): Fields {
  const origin = before["origin"] === "user-created" ? "user-created" : "modified-builtin";
  return { ...without(before, ...cleared), ...given, origin };
}

function without(fields: Fields, ...names: readonly string[]): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !names.includes(name)));
}

/** Secrets keep their names among the fields; their values go elsewhere. */
function withoutSecrets(given: Fields, known: Readonly<Record<string, string>>): [Fields, Record<string, string>] {
  const { token, secret, ...fields } = given;
  if (typeof token === "string") return [fields, { token }];
  if (secret === undefined) return [fields, {}];
  const pairs = list(secret).map(namedValue);
  const values = pairs.map(([name, value]) => [name, value === "" ? (known[name] ?? "") : decoded(value)] as const);
  return [{ ...fields, secret: pairs.map(([name]) => `name=${name}`) }, Object.fromEntries(values)];
}

function list(value: unknown): readonly string[] {
  return Array.isArray(value) ? (value as string[]) : [];
}
