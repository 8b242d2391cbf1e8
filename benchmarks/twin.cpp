// The main search kernel of servicemap/routing/search.py, line by line in C++: the same
// bucket queue, the same labels. Compiled and run by twin.py; never shipped.
//
//   twin graph.bin   prints wall ms, processor ms, labels, sum of all times
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <vector>

static const int SHIFT = 12;

static int64_t search(const int32_t *first, const int32_t *arcs, int32_t source,
                      int64_t bound, int64_t epoch, int32_t *state, int32_t *bucket,
                      int64_t slots, int32_t *pool, int64_t room, int32_t *reached) {
    const int64_t mask = slots - 1, floor = epoch - bound - 1;
    int32_t *stack = pool, *places = pool + room;
    int64_t top = room - 1, n_reached = 1, current = 0;
    reached[0] = source;
    state[source] = (int32_t)epoch;
    int64_t place = stack[top--];
    places[3 * place] = source;
    places[3 * place + 1] = 0;
    places[3 * place + 2] = bucket[0];
    bucket[0] = (int32_t)place;
    while (top < room - 1) {
        const int64_t here = current & mask;
        place = bucket[here];
        while (place >= 0) {
            const int64_t v = places[3 * place], t = places[3 * place + 1];
            const int32_t after = places[3 * place + 2];
            bucket[here] = after;
            __builtin_prefetch(arcs + 2 * first[places[3 * (after > 0 ? after : 0)]]);
            stack[++top] = (int32_t)place;
            const int64_t left = epoch - t;
            if (state[v] == left) {
                const int64_t a = first[v], b = first[v + 1];
                if (top < b - a) return -1;
                for (int64_t k = a; k < b; k++) {
                    const int64_t w = arcs[2 * k], ms = arcs[2 * k + 1];
                    __builtin_prefetch(arcs + 2 * first[w]);
                    const int64_t old = state[w];
                    const int64_t label = left - ms > floor ? left - ms : floor;
                    const int64_t least = old > floor ? old : floor;
                    const int64_t better = label > least;
                    state[w] = (int32_t)(label > least ? label : least);
                    reached[n_reached] = (int32_t)w;
                    n_reached += better & (old <= floor);
                    place = stack[top];
                    const int64_t slot = ((t + ms) >> SHIFT) & mask, head = bucket[slot];
                    places[3 * place] = (int32_t)w;
                    places[3 * place + 1] = (int32_t)(t + ms);
                    places[3 * place + 2] = (int32_t)head;
                    bucket[slot] = (int32_t)(head + (place - head) * better);
                    top -= better;
                }
            }
            place = bucket[here];
        }
        current++;
    }
    return n_reached;
}

template <class T> static std::vector<T> read(FILE *file, int64_t count) {
    std::vector<T> values(count);
    if (fread(values.data(), sizeof(T), count, file) != (size_t)count) throw 1;
    return values;
}

int main(int, char **argv) {
    FILE *file = fopen(argv[1], "rb");
    if (!file) return 1;
    const auto head = read<int64_t>(file, 6);
    const int64_t n = head[0], bound = head[3], slots = head[4], pool_size = head[5];
    const auto first = read<int32_t>(file, n + 1);
    const auto arcs = read<int32_t>(file, head[1]);
    const auto sources = read<int32_t>(file, head[2]);
    std::vector<int32_t> state(n, INT32_MIN), bucket(slots, -1), pool(pool_size), reached(n + 1);
    for (int64_t k = 0; k < pool_size / 4; k++) pool[k] = (int32_t)k;
    int64_t epoch = (int64_t)INT32_MIN + 1, labels = 0, total = 0;
    for (int round = 0; round < 2; round++) {  // the first one warms up
        labels = total = 0;
        const clock_t cpu = clock();
        const auto wall = std::chrono::steady_clock::now();
        std::vector<int64_t> found(sources.size());
        for (size_t i = 0; i < sources.size(); i++) {
            if (epoch > (int64_t)INT32_MAX - 1 - bound - 1) {
                state.assign(n, INT32_MIN);
                epoch = (int64_t)INT32_MIN + 1;
            }
            epoch += bound + 1;
            found[i] = search(first.data(), arcs.data(), sources[i], bound, epoch,
                              state.data(), bucket.data(), slots, pool.data(),
                              pool_size / 4, reached.data());
            if (found[i] < 0) return 2;
            if (round == 0)
                for (int64_t k = 0; k < found[i]; k++) total += epoch - state[reached[k]];
            labels += found[i];
        }
        static int64_t sum = 0;
        if (round == 0) {
            sum = total;
            continue;
        }
        const double wall_ms =
            std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - wall)
                .count();
        printf("%.6f %.6f %lld %lld\n", wall_ms, 1000.0 * (clock() - cpu) / CLOCKS_PER_SEC,
               (long long)labels, (long long)sum);
    }
    return 0;
}
