import { normalisePropertyString } from "../property-string";
import { type Fields, stored } from "./config-file";

/** Fields of a datastore as the file keeps them. */
export function datastoreFields(fields: Fields): Fields {
  const { "maintenance-mode": mode } = fields;
  const maintenance = typeof mode === "string" && { "maintenance-mode": normalisePropertyString(mode, "type") };
  return stored({ ...fields, ...maintenance });
}
