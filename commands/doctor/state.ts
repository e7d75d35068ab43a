import { statePlaceProblem, thisMachine, type Machine } from "../state-place";
import { pulumi, stackOf } from "../secrets";
import { failure, ok, warning, type Check, type Finding } from "./check";
import { protectedBy, type DoctoredSite } from "./site";

/** Pulumi's state: it can be reached, and does not lie on what the stack protects. */
export function stateCheck(site: DoctoredSite, machine: Machine = thisMachine()): Check {
  return {
    name: "state",
    run: async () => {
      const { backend, copies } = site.settings.state;
      const places = [...(backend === undefined ? [] : [backend]), ...copies];
      const move = "move it: `pulumi stack export`, another state.backend, `pulumi stack init`, `pulumi stack import`";
      const misplaced = places.flatMap((place) => {
        const problem = statePlaceProblem(place, protectedBy(site), machine);
        return problem === undefined ? [] : [failure(`${problem}: it would be gone when it is needed`, move)];
      });
      const unknown = warning(
        "it is not said where the state lies, so nobody can tell whether it survives the site",
        "write state.backend into the settings",
      );
      const single = warning(
        "the state has no second place",
        "write one into state.copies: each success puts an encrypted copy there",
      );
      const elsewhere = environmentFinding(backend);
      const reached = await reachability(site, backend);
      return [
        reached,
        ...elsewhere,
        ...misplaced,
        ...(backend === undefined ? [unknown] : []),
        ...(copies.length === 0 ? [single] : []),
      ];
    },
  };
}

async function reachability({ file }: DoctoredSite, backend: string | undefined): Promise<Finding> {
  const stack = stackOf(file);
  const where = backend ?? "where the Pulumi command is logged in";
  const { code, stdout, stderr } = await pulumi(["stack", "ls", "--json", "--non-interactive"], file);
  if (code !== 0) {
    const [line = ""] = stderr.trim().split("\n");
    return failure(`the state in ${where} cannot be reached: ${line}`, "correct state.backend, or mount what it names");
  }
  const names = (JSON.parse(stdout) as { name: string }[]).map(({ name }) => name);
  const there = names.some((name) => name === stack || name.endsWith(`/${stack}`));
  return there
    ? ok(`in ${where}`)
    : failure(`there is no stack ${stack} in ${where}`, `make init SITE=${stack} makes it`);
}

/** The environment wins over the settings: whoever set it for another project works on the wrong state. */
function environmentFinding(backend: string | undefined, env: NodeJS.ProcessEnv = process.env): Finding[] {
  const { PULUMI_BACKEND_URL: given } = env;
  if (given === undefined || given === backend) return [];
  const says = `PULUMI_BACKEND_URL says ${given}, the settings ${backend ?? "nothing"}; the environment wins`;
  return [warning(says, "write it into state.backend, or unset PULUMI_BACKEND_URL")];
}
