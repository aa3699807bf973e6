import type { ServiceCard } from '@bedside/client';
import { IconChevronRight } from '@tabler/icons-react';
import { useStrings } from '../strings/index.ts';
import { bySpecialty, priceText } from './directory.ts';
import classes from './search.module.css';

export interface ServiceListProps {
  services: readonly ServiceCard[];
  onChoose: (service: ServiceCard) => void;
}

/** What can be booked, under its specialties. */
export function ServiceList({ services, onChoose }: ServiceListProps) {
  const { booking, language } = useStrings();
  if (services.length === 0) {
    return (
      <section className={classes.empty}>
        <h2>{booking.services.none}</h2>
        <p className="quiet">{booking.services.noneBody}</p>
      </section>
    );
  }
  return (
    <div className={classes.specialties}>
      {bySpecialty(services, language).map((group) => (
        <section key={group.specialty} className={classes.specialty}>
          <h2>{titled(group.specialty)}</h2>
          <ul>
            {group.services.map((it) => (
              <li key={it.service_id}>
                <button type="button" className={classes.service} onClick={() => onChoose(it)}>
                  <span className={classes.serviceText}>
                    <span>{it.terms.name}</span>
                    <span className="quiet">
                      {booking.services.minutes(it.terms.duration_min)}
                      {it.terms.price ? ` · ${priceText(it.terms.price, language)}` : null}
                    </span>
                  </span>
                  <IconChevronRight aria-hidden className={classes.arrow} />
                </button>
              </li>
            ))}
          </ul>
        </section>
      ))}
    </div>
  );
}

/** Kept in lower case by the hub, shown as a title. */
export function titled(text: string): string {
  const [first = '', ...rest] = [...text];
  return first.toLocaleUpperCase() + rest.join('');
}
