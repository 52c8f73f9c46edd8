import { describe, expect, test } from 'vitest';
import { closeQuestion } from './close-question.ts';

const choices = (situation: Parameters<typeof closeQuestion>[0]) =>
  closeQuestion(situation)?.answers.map((answer) => answer.choice);

describe('closeQuestion', () => {
  test('with nobody connected, nothing is asked', () => {
    expect(closeQuestion({ connected: 0, accelerated: 0, trayAvailable: true })).toBeNull();
  });

  test('with a connected VM and a tray, going on, ending and staying are offered', () => {
    expect(choices({ connected: 1, accelerated: 2, trayAvailable: true })).toEqual([
      'go-on-in-tray',
      'withdraw-and-end',
      'keep-window',
    ]);
  });

  test('with a connected VM and no tray, only keeping the window and ending are offered', () => {
    expect(choices({ connected: 3, accelerated: 0, trayAvailable: false })).toEqual([
      'keep-window',
      'withdraw-and-end',
    ]);
  });

  test('the question counts virtual machines and accelerated queues', () => {
    const question = closeQuestion({ connected: 2, accelerated: 1, trayAvailable: true });
    expect(question?.message).toBe('2 virtual machines are connected.');
    expect(question?.detail).toContain('1 queue runs on an accelerator now');
  });
});
