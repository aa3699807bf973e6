/** Words of the clinic's figures, for administrators. */
export const figures = {
  title: 'Figures',
  lead: 'How the clinic is used, by weeks that begin on Monday.',
  who: 'Only patients who agreed to figures without names are counted. Who takes that back is in no figure from then on, for weeks of before too.',
  small:
    'Numbers of fewer than 11 patients are not shown, nor any from which such a number could be worked out.',
  span: 'Weeks',
  spans: {
    4: 'Last 4 weeks',
    12: 'Last 12 weeks',
    52: 'Last 52 weeks',
  },
  zone: (zone: string) => `The weeks are those of the clinic’s time zone, ${zone}.`,
  patients: 'Patients counted',
  waited: 'Time in the waiting room',
  waitedHint: 'The middle one: half of the patients waited less.',
  lasted: 'Length of a visit',
  lastedHint: 'The middle one, from being together to the end.',
  hidden: 'Not shown',
  byWeek: 'By week',
  byService: 'By service',
  week: 'Week from',
  service: 'Service',
  noService: 'Without a service',
  unknownService: 'A service of before',
  all: 'All weeks',
  held: 'Took place',
  booked: 'Booked',
  bookedHint: 'Booked are those to come, and those of which nobody has said what became of them.',
  cancelled: 'Cancelled',
  missed: 'Not attended',
  empty: 'Nothing to count',
  emptyBody:
    'No patient who agreed to figures has an appointment in these weeks. Patients agree, and take it back, in “My record”.',
  few: 'Too few to show',
  fewBody:
    'Fewer than 11 patients who agreed to figures have an appointment in these weeks. Choose more weeks, or come back later.',
};
