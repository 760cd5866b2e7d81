package io.xcron.fire;

import io.xcron.grid.TaskGrid;
import io.xcron.model.Grants;
import io.xcron.model.RunLog;
import io.xcron.model.Time;
import io.xcron.schedule.CalendarCache;
import io.xcron.schedule.ScheduleCache;
import io.xcron.target.Targets;
import java.util.function.IntToLongFunction;

/** What every part of the engine needs from outside. */
record Surroundings(
    TaskGrid grid,
    Targets targets,
    Grants grants,
    Time time,
    ScheduleCache schedules,
    IntToLongFunction maybeStartedUntilMillis,
    FireConfig config,
    FireEvents events,
    CalendarCache calendars,
    RunLog runs,
    String member,
    Mutexes mutexes) {}
