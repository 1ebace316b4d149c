package kv.workshop.scope;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import kv.workshop.Json;
import kv.workshop.Tone;
import kv.workshop.scope.StoreFiles.Data;

/**
 * A report on a store as JSON: its files in log order, and the marks of which a page draws them.
 * The size of a report is bounded for every store.
 */
final class Report {
  /** Largest number of marks in a report. */
  static final int MOST_MARKS = 2000;

  /** Largest number of keys in the keydir: the newest ones. */
  private static final int MOST_ENTRIES = 200;

  /** Damaged places of a file that are drawn. */
  private static final int MOST_DAMAGES = 20;

  /** Files of which the header and the seal are drawn, if records are only counted. */
  private static final int MOST_DETAILED = 100;

  private static final String NOT_A_FILE = "not a regular file, and a store has no others";

  /** The first step that has an index. */
  private static final int FIRST_WITH_INDEX = 3;

  /** A mark as JSON. */
  private record Mark(long at, String json) {}

  private final StoreFiles store;
  private int marksLeft = MOST_MARKS;

  private Report(StoreFiles store) {
    this.store = store;
  }

  /**
   * Returns the report.
   *
   * @param millis the time of the report
   */
  static String of(StoreFiles store, long millis) {
    return new Report(store).write(millis);
  }

  private String write(long millis) {
    return new Json()
        .object()
        .field("seq", store.sequence())
        .field("at", millis)
        .field("step", store.step())
        .raw("totals", totals())
        .array("files", store.listing().inOrder(), (json, name) -> json.element(file(name)))
        .raw("keydir", keydir())
        .end()
        .toString();
  }

  // ======== The store ========

  private String totals() {
    long bytes = 0;
    long records = 0;
    long liveBytes = 0;
    for (Data data : log()) {
      bytes += data.entry.size();
      records += data.strip.records();
      liveBytes += data.strip.liveBytes();
    }
    boolean counted = store.areStatesCounted();
    return new Json()
        .object()
        .field("files", log().size())
        .field("bytes", bytes)
        .field("records", records)
        .field("counted", counted)
        .offset("live", sum(Tone.LIVE))
        .offset("dead", sum(Tone.DEAD))
        .offset("tombstones", sum(Tone.TOMBSTONE))
        .offset("liveBytes", counted ? liveBytes : -1)
        .end()
        .toString();
  }

  private long sum(Tone state) {
    return store.areStatesCounted()
        ? log().stream().mapToLong(data -> data.strip.sum(state)).sum()
        : -1;
  }

  private List<Data> log() {
    return store.listing().log().stream().map(store::data).filter(data -> data != null).toList();
  }

  private String keydir() {
    if (store.step() < FIRST_WITH_INDEX) {
      return "null";
    }
    // From the newest record back, so that each new put has an entry.
    List<String> entries = new ArrayList<>();
    for (Data data : reversed(log())) {
      List<Strip.Item> items = data.strip.items();
      for (Strip.Item item : reversed(items == null ? List.<Strip.Item>of() : items)) {
        if (item.state == Tone.LIVE && entries.size() < MOST_ENTRIES) {
          entries.add(entry(data.strip.name, item));
        }
      }
    }
    Collections.reverse(entries);
    return new Json()
        .object()
        .offset("count", sum(Tone.LIVE))
        .array("entries", entries, Json::element)
        .end()
        .toString();
  }

  private static <T> List<T> reversed(List<T> list) {
    List<T> reversed = new ArrayList<>(list);
    Collections.reverse(reversed);
    return reversed;
  }

  private static String entry(String file, Strip.Item item) {
    return new Json()
        .object()
        .raw("key", item.key.json())
        .field("file", file)
        .field("offset", item.at)
        .field("length", item.length)
        .end()
        .toString();
  }

  // ======== A file ========

  private String file(String name) {
    Listing.Entry entry = store.listing().entries().get(name);
    Data data = store.data(name);
    Json json = new Json().object().field("name", name).field("role", Listing.role(name));
    json.field("length", data == null ? entry.size() : data.entry.size());
    if (data == null) {
      String kind = entry.regular() ? null : damage(new Damage(0, 0, Damage.CORRUPT, NOT_A_FILE));
      return json.field("sealed", false)
          .raw("syncedTo", "null")
          .raw("covers", "null")
          .raw("coveredBy", "null")
          .raw("zerosFrom", "null")
          .raw("damage", Listing.role(name).equals("other") || kind == null ? "null" : kind)
          .raw("marks", "[]")
          .end()
          .toString();
    }
    List<Damage> damages = StoreDamage.of(store, data);
    var segment = Listing.segment(name);
    return json.field("sealed", data.scan.isSealed())
        .offset("syncedTo", data.scan.syncedTo())
        .raw(
            "covers", segment == null ? "null" : "[" + segment.first() + "," + segment.last() + "]")
        .field("coveredBy", store.listing().coverOf(name))
        .offset("zerosFrom", data.scan.zerosFrom())
        .raw("damage", damages.isEmpty() ? "null" : damage(damages.get(0)))
        .array("marks", marks(data, damages), Json::element)
        .end()
        .toString();
  }

  private static String damage(Damage damage) {
    return new Json()
        .object()
        .field("at", damage.at())
        .field("kind", damage.kind())
        .field("message", damage.message())
        .end()
        .toString();
  }

  private List<String> marks(Data data, List<Damage> damages) {
    List<Mark> marks = new ArrayList<>();
    boolean single = data.strip.items() != null;
    if (single || store.all().size() <= MOST_DETAILED) {
      if (data.scan.headerLength() > 0) {
        marks.add(mark(0, data.scan.headerLength(), "header"));
      }
      if (data.scan.isSealed()) {
        marks.add(mark(data.scan.sealAt(), data.scan.sealLength(), "seal"));
      }
    }
    for (Damage damage : damages.subList(0, Math.min(damages.size(), MOST_DAMAGES))) {
      marks.add(mark(damage.at(), damage.length(), "damage"));
    }
    if (data.scan.zerosFrom() >= 0) {
      long from = data.scan.zerosFrom();
      marks.add(mark(from, data.entry.size() - from, "zeros"));
    }
    if (single) {
      data.strip.items().forEach(item -> marks.add(record(item, data)));
    } else {
      addPieces(data, marks);
    }
    marks.sort(Comparator.comparingLong(Mark::at));
    List<String> drawn = marks.stream().limit(marksLeft).map(Mark::json).toList();
    marksLeft -= drawn.size();
    return drawn;
  }

  private static Mark mark(long at, long length, String kind) {
    Json json = new Json().object().field("at", at).field("length", length).field("kind", kind);
    return new Mark(at, json.end().toString());
  }

  private Mark record(Strip.Item item, Data data) {
    Json json = new Json().object().field("at", item.at).field("length", item.length);
    json.field("kind", "record").field("type", item.type == 'P' ? "put" : "delete");
    boolean covered = data.strip.rank < 0 && !data.copy;
    Tone state = covered ? Tone.DEAD : item.state;
    json.field("state", state == Tone.PLAIN || !store.areStatesCounted() ? null : state.word());
    json.field("syncMark", item.syncMark).raw("key", item.key.json());
    return new Mark(item.at, json.end().toString());
  }

  private void addPieces(Data data, List<Mark> marks) {
    Strip strip = data.strip;
    long end = data.scan.end();
    int piece = 0;
    while (piece < strip.pieces()) {
      int next = piece + 1;
      while (next < strip.pieces() && isEmpty(strip, next)) {
        next++;
      }
      long from = Math.max(piece * strip.pieceLength(), data.scan.headerLength());
      long to = Math.min(next * strip.pieceLength(), end);
      if (!isEmpty(strip, piece) && from < to) {
        marks.add(many(strip, piece, from, to));
      }
      piece = next;
    }
  }

  private static boolean isEmpty(Strip strip, int piece) {
    return strip.count(piece, Tone.LIVE) == 0
        && strip.count(piece, Tone.DEAD) == 0
        && strip.count(piece, Tone.TOMBSTONE) == 0;
  }

  private Mark many(Strip strip, int piece, long from, long to) {
    long live = strip.count(piece, Tone.LIVE);
    long dead = strip.count(piece, Tone.DEAD);
    long tombstones = strip.count(piece, Tone.TOMBSTONE);
    boolean counted = store.areStatesCounted();
    long unknown = counted ? 0 : live + dead + tombstones;
    Json counts = new Json().object().field("live", counted ? live : 0);
    counts.field("dead", counted ? dead : 0).field("tombstone", counted ? tombstones : 0);
    counts.field("unknown", unknown).end();
    Json json = new Json().object().field("at", from).field("length", to - from);
    json.field("kind", "many").raw("counts", counts.toString()).end();
    return new Mark(from, json.toString());
  }
}
