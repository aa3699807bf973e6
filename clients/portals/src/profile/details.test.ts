import { describe, expect, it } from 'vitest';
import { detailsOf, faultsIn, isSame, merge, profileOf } from './details.ts';

const NOTHING = detailsOf({});
const TODAY = '2026-11-24';

describe('a profile', () => {
  it('tells only what was told, in the shape that the hub reads', () => {
    const typed = { ...NOTHING, phone: ' +49 (30) 123-4567 ', insurer: '  ' };
    expect(profileOf(typed)).toEqual({ phone: '+49301234567' });
    expect(profileOf({ ...NOTHING, phone: '0049 30 1234567' })).toEqual({ phone: '+49301234567' });
    expect(isSame(detailsOf(profileOf(NOTHING)), NOTHING)).toBe(true);
  });

  it('is not saved with a birth date to come or a number without its country', () => {
    expect(faultsIn(NOTHING, TODAY)).toEqual([]);
    expect(faultsIn({ ...NOTHING, birth_date: '2026-11-25', phone: '030 1234567' }, TODAY)).toEqual(
      ['birth_date', 'phone'],
    );
    expect(faultsIn({ ...NOTHING, birth_date: TODAY, phone: '+49 30 1234567' }, TODAY)).toEqual([]);
  });

  it('that was saved elsewhere meanwhile keeps what was typed here', () => {
    const base = detailsOf({ phone: '+491', insurer: 'Old' });
    const typed = { ...base, insurer: 'Typed here' };
    const theirs = detailsOf({ phone: '+492', insurer: 'Typed there', language: 'de' });
    expect(merge(base, typed, theirs)).toEqual({
      ...theirs,
      insurer: 'Typed here',
    });
  });
});
