import { type Fields, type Notification } from "./notification";

/**
 * Whether a matcher takes a message. One without any rule takes all.
 * Source: proxmox-rs, proxmox-notify/src/matcher.rs. Rules about the time of day are not known here.
 */
export function matches(matcher: Fields, message: Notification): boolean {
  if (matcher["disable"] === true) return false;
  const verdicts = [
    ...texts(matcher["match-severity"]).map((rule) => rule.split(",").some((one) => one.trim() === message.severity)),
    ...texts(matcher["match-field"]).map((rule) => fieldMatches(rule, message)),
  ];
  const any = matcher["mode"] === "any";
  const taken = verdicts.length === 0 || (any ? verdicts.includes(true) : !verdicts.includes(false));
  return matcher["invert-match"] === true ? !taken : taken;
}

/** Whether a rule `exact:field=value,value` or `regex:field=expression` is well formed. */
export function isFieldRule(rule: string): boolean {
  return FIELD_RULE.test(rule);
}

const FIELD_RULE = /^(?<kind>exact|regex):(?<field>[^=]+)=(?<value>.*)$/;

function fieldMatches(rule: string, { fields }: Notification): boolean {
  const { kind, field = "", value = "" } = FIELD_RULE.exec(rule)?.groups ?? {};
  const found = fields[field];
  if (found === undefined) return false;
  return kind === "regex" ? new RegExp(value).test(found) : value.split(",").some((one) => one.trim() === found);
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? (value as string[]) : [];
}
