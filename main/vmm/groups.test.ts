import { describe, expect, test } from 'vitest';
import { FakeFd } from '../channel/testing/fake-fd.ts';
import { GroupRegistry } from './groups.ts';

describe('group registry', () => {
  test('two queues of one group hold it twice and keep one fd', () => {
    const [first, second] = [new FakeFd(), new FakeFd()];
    const groups = new GroupRegistry();
    groups.hold('g', 'vm/0', first);
    groups.hold('g', 'vm/1', second);
    expect(groups.holders().get('g')).toEqual(['vm/0', 'vm/1']);
    expect([first.closes, second.closes]).toEqual([0, 1]);
  });

  test('the last release closes the group, an earlier one does not', () => {
    const fd = new FakeFd();
    const groups = new GroupRegistry();
    groups.hold('g', 'a/0', fd);
    groups.hold('g', 'b/0', new FakeFd());
    groups.release('g', 'a/0');
    expect(fd.closes).toBe(0);
    groups.release('g', 'b/0');
    expect([fd.closes, groups.holders().size]).toEqual([1, 0]);
  });

  test('a release by who does not hold changes nothing', () => {
    const fd = new FakeFd();
    const groups = new GroupRegistry();
    groups.hold('g', 'a/0', fd);
    groups.release('g', 'b/0');
    groups.release('h', 'a/0');
    expect([fd.closes, groups.holders().get('g')]).toEqual([0, ['a/0']]);
  });

  test('a group held again after its end is a new one', () => {
    const [first, second] = [new FakeFd(), new FakeFd()];
    const groups = new GroupRegistry();
    groups.hold('g', 'a/0', first);
    groups.release('g', 'a/0');
    groups.hold('g', 'a/0', second);
    expect([first.closes, second.closes]).toEqual([1, 0]);
  });
});
