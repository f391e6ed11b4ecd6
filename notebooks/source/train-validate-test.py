# ---
# jupyter:
#   xrlearn:
#     title:
#       en: Train, validate, test
#       zh: 训练、验证、测试
# ---

# %% [markdown] lang="en" tags=["notebook"]
# # Train, validate, test
#
# [中文](zh/train-validate-test.ipynb)

# %% [markdown] lang="zh" tags=["notebook"]
# # 训练、验证、测试
#
# [English](../train-validate-test.ipynb)

# %% [markdown] lang="en" tags=["read"]
# A network is made of choices: how many layers, how many patterns in each, how long to train. Nobody knows the right
# ones beforehand. One tries several and keeps the best – and at that moment begins the error that has spoilt more
# published figures than any other: to choose and to measure on the same films.

# %% [markdown] lang="zh" tags=["read"]
# 网络由一连串选择构成：多少层、每层多少图案、训练多久。没有人事先知道答案，只能多试几个，留下最好的。而最常毁掉已
# 发表结果的错误，恰恰从这里开始：在同一批影像上既做选择又做评估。

# %% [markdown] lang="en" tags=["notebook"]
# Fifteen minutes. Click into a grey cell, press **Shift + Enter**, read on. The films are simulated wrists. For
# teaching. Not for diagnosis.

# %% [markdown] lang="zh" tags=["notebook"]
# 约十五分钟。点击灰色单元格，按 **Shift + Enter** 运行，然后继续阅读。影像是模拟的腕关节。仅供教学，不得用于诊断。

# %%
from xrlearn.labs import lesson, wrists
from xrlearn.labs.choose_network_state import SIZE, Workbench

lesson.begin()
bench = Workbench(wrists.load(size=SIZE))

# %% [markdown] lang="en" tags=["read"]
# ## Three sets
#
# From the **training** films the network learns. On the **validation** films you choose. On the **test** films you
# measure, once. Each patient belongs to one set only.

# %% [markdown] lang="zh" tags=["read"]
# ## 三个数据集
#
# 网络从**训练集**学习；您在**验证集**上做选择；在**测试集**上评估，只用一次。每名患者只属于其中一个。

# %%
print({split: bench.count(split) for split in ("train", "valid", "test")})

# %% [markdown] lang="en"
# ## Choose
#
# Three networks, from very small to middling. The AUC (how often a broken wrist gets a higher score than a whole one)
# is measured on validation films; the bracket is its 95 % interval.

# %% [markdown] lang="zh"
# ## 选择
#
# 三个网络，从极小到中等。AUC（有骨折的腕关节得分高于无骨折者的概率）在验证集上测得，括号内为 95% 置信区间。

# %%
from xrlearn.training.miniature.tiny import Recipe

for recipe in (Recipe(width=2, depth=2), Recipe(width=4, depth=3), Recipe(width=8, depth=3)):
    trial = bench.train(recipe)
    valid = trial.valid
    print(f"{trial.parameters:6,d} weights   valid AUC {valid.auc:.2f} ({valid.low:.2f}–{valid.high:.2f})")

# %% [markdown] lang="en"
# ## Open the test set, once
#
# Now, and for the chosen network only.

# %% [markdown] lang="zh"
# ## 打开测试集，仅一次
#
# 现在打开，且只为选出的网络打开。

# %%
test = bench.open_test(bench.best)
print(f"test AUC {test.auc:.2f} ({test.low:.2f}–{test.high:.2f})")

# %% [markdown] lang="en"
# ## The price of peeking
#
# Suppose you had shown ten networks to the test films, or thirty, and reported the best. By how much might the figure
# be too good by luck alone?

# %% [markdown] lang="zh"
# ## 偷看的代价
#
# 假如您让十个、三十个网络都看过测试集，再报告其中最好的数值，仅凭运气会偏高多少？

# %%
for looks in (1, 10, 30):
    print(f"best of {looks:2d}: up to {bench.price(looks):.3f} too good")

# %% [markdown] lang="en"
# ## The lab
#
# Build networks, choose, open the test set, and then do what you should not do: open it again. At the end, train
# miniatures of five famous families on the same films. Three questions follow.
#
# Next: [Train a fracture detector](train-a-fracture-detector.ipynb), the same with real films where they are on this
# machine.

# %% [markdown] lang="zh"
# ## 实验
#
# 搭建网络，做出选择，打开测试集；然后做一件不该做的事：再打开几次。最后用同样的影像训练五个著名家族的微缩版。文末
# 有三个问题。
#
# 接下来：[训练骨折识别模型](train-a-fracture-detector.ipynb)，本机有真实影像时用真实影像做同样的事。

# %% tags=["lab"]
from xrlearn.labs import choose_network

lab = choose_network.show()

# %% [markdown] lang="en" tags=["showed"]
# ## What it showed
#
# The best of many tries is partly luck, and the films on which you chose keep that luck. Only films that nobody has
# looked at give a figure without it, and only once. When you read a paper, ask how often its test films were opened.

# %% [markdown] lang="zh" tags=["showed"]
# ## 它说明了什么
#
# 在许多次尝试中留下最好的，其中一部分是运气，而这份运气就留在用来选择的影像上。只有从未看过的影像才能给出不含运气的
# 数值，而且只有一次。读论文时请问：它的测试集打开过几次？
