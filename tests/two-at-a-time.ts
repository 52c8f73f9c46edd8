/** Files that run two at a time, and after them those that nothing may run beside. */
import type { TestProjectInlineConfiguration } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** As projects of the tests in `folder`; `alone` are paths, `common` is what both have. */
export const twoAtATime = (
  folder: string,
  alone: readonly string[],
  common: TestProjectInlineConfiguration['test'],
): TestProjectInlineConfiguration[] => [
  {
    test: {
      ...common,
      name: 'beside each other',
      include: [`${folder}/**/*.test.ts`],
      exclude: [...alone],
      maxWorkers: 2,
      sequence: { groupOrder: 1 },
    },
  },
  {
    test: {
      ...common,
      name: 'alone',
      include: [...alone],
      fileParallelism: false,
      sequence: { groupOrder: 2 },
    },
  },
];

/** A sequencer that begins with the files at these paths: a long one that began last would run with nothing beside it. */
export function longFirst(paths: readonly string[]): typeof BaseSequencer {
  const isLong = ({ moduleId }: TestSpecification): boolean => paths.includes(moduleId);
  return class extends BaseSequencer {
    override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
      const sorted = await super.sort(files);
      return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
    }
  };
}
