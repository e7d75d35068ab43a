import { type Rule } from "../../policies/rule";
import { CASES } from "./cases";

/** What `docs/how-to/rules.md` says of a rule: its name, what must be true, and what to set; the source stands behind it. */
export function rowOf({ name, description, enforcementLevel }: Rule): string {
  const [, message = ""] = CASES[name]?.bad[0] ?? [];
  const cure = message.slice(message.indexOf(": ") + ": ".length).replace(/\.$/, "");
  const level = enforcementLevel === "advisory" ? " (advice)" : "";
  return `| \`${name}\`${level} | ${description.replace(/\.$/, "")} | ${cure.replaceAll("|", "\\|")} |`;
}
