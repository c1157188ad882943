// Each test runs a whole service that trains on both cores: side by side they would only wait for one another.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
