package kv.workshop;

import java.util.Locale;

/** The meaning of a line of a dump. A view can colour it; the line also says it in words. */
public enum Tone {
  PLAIN,

  /** A put that is the last record of its key. */
  LIVE,

  /** A record that a later one of the same key supersedes. */
  DEAD,

  /** A delete that is the last record of its key. */
  TOMBSTONE,

  TORN,
  DAMAGED;

  /** Returns the tone's name, for a class of a page or for the end of a line. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
