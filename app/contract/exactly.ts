/**
 * A schema as a question that is cheap to ask: whether a value is of it just as it stands. The schema library makes a copy
 * of whatever it reads, and where code may not be evaluated that takes a reader of thousands of records a second most of
 * its time. Yes means that the library would hand back an equal value; no means to ask the library, which knows what is
 * wrong, or leaves out what the schema does not know.
 */
import { z } from 'zod';

type Test = (value: unknown) => boolean;

/** Throws for a kind of schema that it does not know, when it is made and not when it is asked. */
export function exactly<T extends z.ZodType>(schema: T): (value: unknown) => value is z.output<T> {
  const test = testOf(schema);
  return (value): value is z.output<T> => test(value);
}

function testOf(schema: unknown): Test {
  if (schema instanceof z.ZodObject) return objectTest(schema.shape, schema.def.checks);
  if (schema instanceof z.ZodArray) return arrayTest(testOf(schema.element), schema.def.checks);
  if (schema instanceof z.ZodNullable) {
    const inner = testOf(schema.unwrap());
    return (value) => value === null || inner(value);
  }
  if (schema instanceof z.ZodOptional) {
    const inner = testOf(schema.unwrap());
    return (value) => value === undefined || inner(value);
  }
  // Of a discriminated union too: but one of its options has the word.
  if (schema instanceof z.ZodUnion) {
    const tests = schema.options.map(testOf);
    return (value) => tests.some((test) => test(value));
  }
  if (schema instanceof z.ZodLiteral) return among(schema.values);
  if (schema instanceof z.ZodEnum) return among(new Set<unknown>(schema.options));
  if (schema instanceof z.ZodBoolean) return (value) => typeof value === 'boolean';
  if (schema instanceof z.ZodString && hasNone(schema.def.checks))
    return (value) => typeof value === 'string';
  if (schema instanceof z.ZodNumber && hasNone(schema.def.checks)) return Number.isFinite;
  // They say themselves what they want of their value, and copy nothing.
  if (schema instanceof z.ZodString || schema instanceof z.ZodNumber)
    return (value) => schema.safeParse(value).success;
  if (schema instanceof z.ZodUnknown) return () => true;
  throw new Error('a kind of schema that cannot be asked');
}

type Checks = readonly unknown[] | undefined;

const hasNone = (checks: Checks): boolean => checks === undefined || checks.length === 0;

const among =
  (values: ReadonlySet<unknown>): Test =>
  (value) =>
    values.has(value);

function objectTest(shape: Readonly<Record<string, unknown>>, checks: Checks): Test {
  if (!hasNone(checks)) throw new Error('an object with conditions of its own cannot be asked');
  const fields = new Map(Object.entries(shape).map(([name, schema]) => [name, testOf(schema)] as const));
  const required = Object.entries(shape).filter(([, schema]) => !(schema instanceof z.ZodOptional)).length;
  const optional = new Set(
    Object.entries(shape).flatMap(([name, schema]) => (schema instanceof z.ZodOptional ? [name] : [])),
  );
  return (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
    let found = 0;
    for (const name of Object.keys(value)) {
      const test = fields.get(name);
      if (test?.((value as Readonly<Record<string, unknown>>)[name]) !== true) return false;
      if (!optional.has(name)) found++;
    }
    return found === required;
  };
}

function arrayTest(test: Test, checks: Checks): Test {
  if (!hasNone(checks)) throw new Error('a list with conditions of its own cannot be asked');
  return (value) => Array.isArray(value) && value.every(test);
}
