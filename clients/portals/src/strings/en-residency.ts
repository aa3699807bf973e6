/** Words for where people's data are kept. */
export const residency = {
  title: 'Where your data are kept',
  kept: (region: string) =>
    `In the region ${region}. Whoever runs this service keeps your account, your appointments, your messages and your record there.`,
  goThere: (region: string) => `Sign in in ${region}`,
  unknownPlace: (region: string) => `Your region is ${region}. Ask your clinic for its address.`,

  home: 'Home region',
  homeHint: 'Their data are kept there. Nothing is copied by this: it says where they belong.',
  homeOfNew: 'Where the law wants their data to be kept.',
  elsewhere: (region: string) => `Kept in ${region}`,
  leaves: (name: string, region: string) =>
    `${name} moves to ${region}. They are signed out here within seconds and told to sign in there; nothing new is booked with them or for them here. Nothing is deleted: an erasure of what is here, which they have to ask for before they move, is done under “Records”.`,
};
