import { startServing } from "./service/server";

/** The engine passes its own address, after flags of no concern here. */
function engineAddress(args: readonly string[]): string | undefined {
  return args.find((arg, at) => !arg.startsWith("-") && args[at - 1] !== "--tracing");
}

void startServing(engineAddress(process.argv.slice(2))).then(
  ({ port }) => {
    // The engine reads the port from the first line.
    process.stdout.write(`${port}\n`);
  },
  (error: unknown) => {
    process.stderr.write(`The provider "resilience" cannot be served: ${String(error)}\n`);
    process.exitCode = 1;
  },
);
