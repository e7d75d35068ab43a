import { OPERATIONS } from "../../../lab/pve/operations";
import { holdsAgainstTable } from "../support/api-table";

holdsAgainstTable("pve-9.2.json", OPERATIONS);
