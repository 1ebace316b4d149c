package kv.workshop.scope;

import java.io.IOException;
import kv.workshop.RecordHeader;
import kv.workshop.Tone;

/**
 * Tells live, dead and deleted records of a log apart, while records are added to its files. A
 * record is dead if a later one of its key follows in log order: see {@link Strip#rank}.
 *
 * <p>Counts up to {@link LastRecords#MOST_KEYS} keys, in files of up to 64 GiB. With more, it forgets
 * all, and no record has a state.
 */
final class KeyStates {
  /** Reads the length of a record from its file. */
  interface Lengths {
    /** Returns the length of the record that begins in 16 bytes of a file. */
    int of(Strip strip, long place) throws IOException;
  }

  private final Lengths lengths;
  private LastRecords last;
  private Places places = new Places();

  /** The record that the last call of {@link #add} made dead: its file, and its place there. */
  private Strip killedIn;

  private long killedAt;

  KeyStates(int mostKeys, Lengths lengths) {
    this.lengths = lengths;
    this.last = new LastRecords(mostKeys);
  }

  /** Returns whether records have states. */
  boolean areCounted() {
    return last != null;
  }

  /** Adds a record of the log after the others of its file, and returns its state. */
  Tone add(Strip strip, long at, RecordHeader header, byte[] key) throws IOException {
    killedIn = null;
    killedAt = -1;
    boolean known = last != null && last.find(key);
    int place = last == null ? 0 : places.of(strip, at);
    if (place == 0 || !known && !last.hasSpace()) {
      last = null;
      places = null;
      return Tone.PLAIN;
    }
    boolean put = header.type() == 'P';
    if (known) {
      Strip old = places.strip(last.place());
      if (old.rank > strip.rank) {
        return Tone.DEAD;
      }
      if (old.rank >= 0) {
        kill(old, places.offset(last.place()));
      }
    }
    last.set(place, put, header.length());
    return put ? Tone.LIVE : Tone.TOMBSTONE;
  }

  private void kill(Strip old, long place) throws IOException {
    int length = last.length();
    if (length == LastRecords.LONG && last.isPut()) {
      length = lengths.of(old, place);
    }
    killedIn = last.isPut() ? old : null;
    killedAt = old.kill(place, last.isPut() ? Tone.LIVE : Tone.TOMBSTONE, length);
  }

  /** Returns whether the last call of {@link #add} made a put dead. */
  boolean killedAPut() {
    return killedIn != null;
  }

  /** Returns the place of the put that the last call of {@link #add} made dead, or null. */
  Change.Place killed() {
    return killedIn == null || killedAt < 0 ? null : new Change.Place(killedIn.name, killedAt);
  }

  /** Forgets the files that left the log, with the keys whose last record is in one of them. */
  void forget(Iterable<Strip> left) {
    if (last != null) {
      last.remove(place -> places.strip(place).rank < 0);
      left.forEach(places::release);
    }
  }

  /** Returns the file of a key's last record, or null if there is none. */
  Strip lastStrip(byte[] key) {
    return last != null && last.find(key) ? places.strip(last.place()) : null;
  }

  /** Returns the place of a key's last record in its file. */
  long lastPlace(byte[] key) {
    last.find(key);
    return places.offset(last.place());
  }
}
