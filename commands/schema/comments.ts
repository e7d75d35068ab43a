import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

import ts from "typescript";

/** What the source says of each setting, by its path: `backup.schedule`, `nodes.*.api`, `pools[].name`. */
export type Comments = ReadonlyMap<string, string>;

/**
 * Comments beside the fields of the zod schema `name` in `file`, also of schemas that it takes from other files. Editors show
 * them: the comment that an engineer reads and the one that an owner reads are the same.
 */
export function commentsOf(file: string, name: string): Comments {
  const found = new Map<string, string>();
  visitNamed(sourceOf(file), name, "", found);
  return found;
}

interface Source {
  readonly file: string;
  readonly tree: ts.SourceFile;
}

function sourceOf(file: string): Source {
  const tree = ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.ES2022, true);
  return { file, tree };
}

/** Follows a name to the schema that it stands for, in this file or the one that it is imported from. */
function visitNamed(source: Source, name: string, path: string, found: Map<string, string>): void {
  for (const statement of source.tree.statements) {
    if (ts.isVariableStatement(statement)) {
      for (const { name: declared, initializer } of statement.declarationList.declarations) {
        if (declared.getText() === name && initializer !== undefined) visit(source, initializer, path, found);
      }
    } else if (ts.isImportDeclaration(statement) && importsName(statement, name)) {
      const file = importedFile(source, statement);
      if (file !== undefined) visitNamed(sourceOf(file), name, path, found);
    }
  }
}

function importsName({ importClause }: ts.ImportDeclaration, name: string): boolean {
  const bindings = importClause?.namedBindings;
  return bindings !== undefined && ts.isNamedImports(bindings) && bindings.elements.some((e) => e.name.text === name);
}

function importedFile({ file }: Source, { moduleSpecifier }: ts.ImportDeclaration): string | undefined {
  const text = (moduleSpecifier as ts.StringLiteral).text;
  const path = `${join(dirname(file), text)}.ts`;
  return text.startsWith(".") && existsSync(path) ? path : undefined;
}

function visit(source: Source, expression: ts.Expression, path: string, found: Map<string, string>): void {
  if (ts.isIdentifier(expression)) visitNamed(source, expression.text, path, found);
  else if (ts.isCallExpression(expression)) visitCall(source, expression, path, found);
}

const OBJECTS = new Set(["object", "strictObject", "looseObject"]);
const UNIONS = new Set(["union", "discriminatedUnion"]);

/** One call of a schema's making: `z.strictObject({…})`, or a method on one, `.default({})`. */
function visitCall(source: Source, call: ts.CallExpression, path: string, found: Map<string, string>): void {
  const { expression, arguments: given } = call;
  if (!ts.isPropertyAccessExpression(expression)) return;
  const method = expression.name.text;
  const [first, second] = given;
  if (expression.expression.getText() !== "z") visit(source, expression.expression, path, found);
  else if (OBJECTS.has(method) && first !== undefined && ts.isObjectLiteralExpression(first)) {
    for (const property of first.properties) visitProperty(source, property, path, found);
  } else if (method === "array" && first !== undefined) visit(source, first, `${path}[]`, found);
  else if (method === "record" && second !== undefined) visit(source, second, `${path}.*`, found);
  else if (UNIONS.has(method)) {
    const options = given.find((argument) => ts.isArrayLiteralExpression(argument));
    for (const option of options?.elements ?? []) visit(source, option, path, found);
  }
}

function visitProperty(
  source: Source,
  property: ts.ObjectLiteralElementLike,
  path: string,
  found: Map<string, string>,
) {
  if (property.name === undefined) return;
  const name = property.name.getText().replaceAll('"', "");
  const own = path === "" ? name : `${path}.${name}`;
  const comment = commentText(property);
  if (comment !== "") found.set(own, comment);
  if (ts.isPropertyAssignment(property)) visit(source, property.initializer, own, found);
  else if (ts.isShorthandPropertyAssignment(property)) visitNamed(source, name, own, found);
}

function commentText(property: ts.Node): string {
  const parts = ts.getJSDocCommentsAndTags(property).flatMap((doc) => {
    if (!ts.isJSDoc(doc)) return [];
    const tags = (doc.tags ?? []).map((tag) => `Default: ${tagText(tag)}`);
    return [ts.getTextOfJSDocComment(doc.comment) ?? "", ...tags];
  });
  return parts
    .map((part) => part.replaceAll(/\s*\n\s*/g, " ").trim())
    .filter((part) => part !== "")
    .join(" ");
}

/** `@default - words` and `@default "value"`, without the dash. */
function tagText(tag: ts.JSDocTag): string {
  return (ts.getTextOfJSDocComment(tag.comment) ?? "").replace(/^- /, "");
}
