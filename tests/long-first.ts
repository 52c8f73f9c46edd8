/** The order of files that run beside each other: a long one that began last would run with nothing beside it. */
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** A sequencer that begins with the files at these paths. */
export function longFirst(paths: readonly string[]): typeof BaseSequencer {
  const isLong = ({ moduleId }: TestSpecification): boolean => paths.includes(moduleId);
  return class extends BaseSequencer {
    override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
      const sorted = await super.sort(files);
      return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
    }
  };
}
