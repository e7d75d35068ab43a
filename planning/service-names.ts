import { type Judgement } from "./judgement-schema";

/** Names of the services of a judgement, by VMID. */
export function namesOf({ services }: Pick<Judgement, "services">): Map<number, string> {
  return new Map(services.map(({ vmid, name }) => [vmid, name]));
}
