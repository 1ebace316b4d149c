/*
 * WHAT THIS FILE IS
 *
 * An open of the engine, where it differs from one of step 5.
 *
 *     the last two segments may be torn     if the older one is, and nothing in the newer one shows
 *                                           that it was durable, the newer one is dropped
 *     a segment ends in its seal            unless it may be torn
 *     half a record is refused              it is not torn: no sector of it is missing
 *     a hint file or an index               replaces the records of a segment, or of all
 *
 * A value can be the copy of a log, whose records have sync marks. In the model all values of b are
 * such copies.
 *
 * NOT HERE, AND WHY
 *
 * Locations in hint files and in the index. They are those of the records, so a file that is whole
 * has the effect of the records, and a torn one that is used has none.
 */
package kv.workshop.model;

import java.util.List;
import kv.workshop.model.Disk.Cell;
import kv.workshop.model.Disk.StoredFile;
import kv.workshop.model.State.Location;

/** An open of the engine: Listing, LogOpener and Recovery. Changes nothing. */
final class EngineRecovery extends Recovery {
  private final EngineRule without;

  /** The last segment if it has no seal, or null. */
  Name tail;

  /** The number of cells that are left in it. */
  int tailEnd;

  /** The segment after the tail, which is dropped; or null. */
  Name dropped;

  EngineRecovery(Disk disk, EngineRule without) {
    super(disk, EngineRule.sharedWithout(without));
    this.without = without;
  }

  private boolean follows(EngineRule rule) {
    return rule != without;
  }

  @Override
  EngineRecovery run() {
    readNames(disk.names().stream().filter(EngineFiles::isSegment).toList());
    requireProvenSegments();
    Name index = usableIndex();
    for (int i = 0; i < log.size() && refusal == null && dropped == null; i++) {
      StoredFile file = disk.file(log.get(i));
      if (index == null) {
        read(file, i >= log.size() - 2 && file.name().generation() == 0);
      } else if (file.name().last() <= index.last() && EngineFiles.contains(disk, index, true)) {
        applyAll(file);
      }
    }
    log.remove(dropped);
    return this;
  }

  /** As Listing.log. */
  private void requireProvenSegments() {
    for (Name name : disk.names()) {
      boolean isThere = log.stream().anyMatch(n -> EngineFiles.hint(n).equals(name));
      boolean isCovered = log.stream().anyMatch(n -> n.covers(name));
      if (EngineFiles.isHint(name) && !isThere && !isCovered) {
        refuse(name, "its segment is missing");
      }
      if (EngineFiles.isIndex(name) && log.stream().noneMatch(n -> n.last() >= name.last())) {
        refuse(name, "a segment is missing");
      }
    }
  }

  /** As SavedIndex.read. */
  private Name usableIndex() {
    for (Name name : disk.names()) {
      boolean isOfLog = EngineFiles.isIndex(name) && name.equals(EngineFiles.index(log));
      boolean matches = isOfLog || !follows(EngineRule.INDEX_OF_LOG);
      boolean isWhole = EngineFiles.contains(disk, name, true);
      boolean isTorn = EngineFiles.contains(disk, name, false);
      boolean isUsed = isWhole || isTorn && !follows(EngineRule.INDEX_CHECKSUM);
      if (EngineFiles.isIndex(name) && matches && isUsed && covered.isEmpty()) {
        return name;
      }
    }
    return null;
  }

  private void applyAll(StoredFile file) {
    for (int at = 0; at < file.cells().size(); at++) {
      if (file.cells().get(at).whole()) {
        apply(file.cells().get(at), new Location(file.name(), at));
      }
    }
  }

  /** As LogOpener.read, and Recovery.findEnd. */
  @Override
  void read(StoredFile file, boolean mayBeTorn) {
    Name name = file.name();
    List<Cell> cells = file.cells();
    boolean isSealed = isSealed(cells);
    boolean tornHint = EngineFiles.contains(disk, EngineFiles.hint(name), false);
    if (isSealed && tornHint && !follows(EngineRule.HINT_CHECKSUM)) {
      return;
    }
    super.read(file, mayBeTorn);
    if (!follows(EngineRule.SALT) && cells.stream().anyMatch(EngineRecovery::isTornCopy)) {
      refuse(name, "a mark in a value of b shows that the torn part was synced");
    }
    if (isSealed) {
      return;
    }
    if (!mayBeTorn) {
      refuse(name, "it has no seal");
    }
    if (EngineFiles.contains(disk, EngineFiles.hint(name), true)) {
      refuse(name, "it has no seal, though it has a hint file");
    }
    tail = name;
    tailEnd = end;
    Name last = log.get(log.size() - 1);
    if (!name.equals(last) && follows(EngineRule.DROP_NEXT)) {
      drop(last);
    }
  }

  private static boolean isSealed(List<Cell> cells) {
    boolean ends = !cells.isEmpty() && EngineFiles.isSeal(cells.get(cells.size() - 1));
    return ends && cells.stream().allMatch(Cell::whole);
  }

  private static boolean isTornCopy(Cell cell) {
    return !cell.whole() && cell.change().key() == 'b';
  }

  /** As Recovery.requireDroppable. */
  private void drop(Name last) {
    List<Cell> cells = disk.file(last).cells();
    boolean hasProof = cells.stream().anyMatch(cell -> cell.mark() || EngineFiles.isSeal(cell));
    hasProof |= EngineFiles.contains(disk, EngineFiles.hint(last), true);
    if (hasProof || last.generation() > 0) {
      refuse(tail, "it is torn, but " + last + " shows that it was synced");
    }
    dropped = last;
  }

  @Override
  void apply(Cell cell, Location location) {
    if (cell.change().equals(EngineFiles.HALF)) {
      refuse(location.file(), "a record is damaged: no sector of it is missing");
    } else if (!EngineFiles.isSeal(cell)) {
      super.apply(cell, location);
    }
  }
}
