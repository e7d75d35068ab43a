import { pythonWithPackages } from "./packages";

/** Makes the emulator of AWS ready for this machine: `npx tsx lab/aws/install.ts`. Says on standard error what it does. */
pythonWithPackages((line) => process.stderr.write(`- ${line}\n`)).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
});
