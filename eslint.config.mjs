import pulumi from "@pulumi/eslint-plugin";
import jsdoc from "eslint-plugin-jsdoc";
import tseslint from "typescript-eslint";

/** Files in `files` may not import what `regex` matches. One entry an arrow that may not exist; test/import-rule.spec.ts plants a fault for each. */
const below = (files, regex, message) => ({
  files,
  rules: { "no-restricted-imports": ["error", { patterns: [{ regex, message }] }] },
});

/** Matches an import that climbs out of its room into one of `rooms`. */
const into = (...rooms) => `^\\.\\.?/(?:.*/)?(?:${rooms.join("|")})/`;

export default tseslint.config(
  { ignores: ["node_modules", "dist", "coverage", "**/*.js", "**/*.cjs", "**/*.mjs"] },
  {
    files: ["**/*.ts"],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    plugins: { "@pulumi": pulumi, jsdoc },
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      "@pulumi/no-output-in-template-literal": "error",
      "@pulumi/no-output-instance-in-template-literal": "error",
      "@typescript-eslint/consistent-type-imports": ["error", { fixStyle: "inline-type-imports" }],
      "@typescript-eslint/switch-exhaustiveness-check": "error",
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/no-unnecessary-condition": [
        "error",
        { allowConstantLoopConditions: "only-allowed-literals" },
      ],
      "jsdoc/require-jsdoc": [
        "error",
        { publicOnly: true, contexts: ["TSInterfaceDeclaration", "TSPropertySignature", "ClassDeclaration"] },
      ],
      "jsdoc/informative-docs": "error",
    },
  },
  {
    files: ["test/**/*.ts"],
    rules: {
      "jsdoc/require-jsdoc": "off",
      "jsdoc/informative-docs": "off",
      "@typescript-eslint/no-non-null-assertion": "off",
    },
  },
  below(["estate/units/**"], "^(?!\\./|node:)", "units are plain TypeScript, beneath everything"),
  below(
    ["estate/*.ts"],
    `${into("planning", "components", "provider", "stacks", "commands", "policies", "lab", "tools", "test")}|^@pulumi/`,
    "an estate knows no Pulumi and nothing above it",
  ),
  below(
    ["planning/**"],
    `${into("components", "provider", "stacks", "commands", "policies", "lab", "tools", "test")}|^@pulumi/`,
    "planning follows from an estate alone",
  ),
  below(
    ["provider/**"],
    into("components", "planning", "stacks", "commands", "policies", "lab", "tools", "test", "estate(?!/units/)"),
    "the provider knows units and itself",
  ),
  below(
    ["components/**"],
    into("stacks", "commands", "policies", "planning", "lab", "tools", "test", "estate(?!/units/)"),
    "components know units and the provider",
  ),
  below(["stacks/**"], into("commands", "policies", "lab", "tools", "test"), "a stack knows nothing of what runs it"),
  below(
    ["commands/**"],
    into("components", "stacks", "policies", "lab", "tools", "test"),
    "a command works on the site, not on the program",
  ),
  below(
    ["policies/**"],
    into("stacks", "components", "provider", "commands", "lab", "tools", "test"),
    "a policy must not trust the code it checks",
  ),
  below(
    ["lab/**"],
    into("estate", "planning", "components", "provider", "stacks", "commands", "policies", "tools", "test"),
    "the lab knows nothing of the library",
  ),
  below(
    ["tools/**"],
    into("estate", "planning", "components", "provider", "stacks", "commands", "policies", "lab", "test"),
    "tools run the programs and import none of them",
  ),
);
